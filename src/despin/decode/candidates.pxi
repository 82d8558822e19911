# Candidates: every spun phrase at every token, and the conditions of rows. Part of _decode.pyx.

cdef enum:
    THIS = 2                # the side of a clause on the phrase itself
    LONGEST_SMALL_WORD = 3  # "of", "the", "and" inside a title

cdef bint side_holds(const Work* w, Py_ssize_t i, const int32_t* codes, int32_t n) noexcept nogil:
    """Is token i (or the end of the text) among the codes of a clause?"""
    cdef int32_t k
    cdef const Token* t = NULL
    cdef bint boundary = i < 0 or i >= w.tokens.n or w.tokens.at[i].flags & F_END
    if 0 <= i < w.tokens.n:
        t = &w.tokens.at[i]
    for k in range(n):
        if codes[k] == -4 or codes[k] == -5:
            if boundary:
                return True
        elif t == NULL:
            continue
        elif codes[k] == -2:
            if t.flags & F_CAP and not t.flags & F_START:
                return True
        elif codes[k] == -3:
            if t.flags & F_NUMBER:
                return True
        elif t.id == codes[k]:
            return True
    return False


cdef bint is_name(const Work* w, Py_ssize_t i, Py_ssize_t n) noexcept nogil:
    """Whether a phrase is written as a name: see channel/context.py."""
    cdef Py_ssize_t k
    if not w.tokens.at[i].flags & F_CAP:
        return False
    if not w.tokens.at[i].flags & F_START:
        return True
    for k in range(i + 1, i + n):
        if w.tokens.at[k].flags & F_CAP:
            return True
    return False


cdef bint is_lone_name(const Work* w, Py_ssize_t i) noexcept nogil:
    """Whether a token has a capital inside a sentence and no capital is beside it, nor behind one short word: the name
    of a band, a pub, a firm. A title ("the Justice Division", "A Guide to Purchasing a House") has others."""
    cdef const Token* t = &w.tokens.at[i]
    cdef Py_ssize_t step, k
    cdef int reach
    if not t.flags & F_CAP or t.flags & (F_START | F_BREAK):
        return False
    for step in range(-1, 2, 2):
        k = i + step
        for reach in range(2):
            if k < 0 or k >= w.tokens.n or not w.tokens.at[k].flags & F_WORD:
                break
            t = &w.tokens.at[k]
            if t.flags & F_CAP and (not t.flags & F_START or t.end - t.start > LONGEST_SMALL_WORD):
                return False
            if t.flags & F_CAP or t.end - t.start > LONGEST_SMALL_WORD:
                break
            k += step
    return True


cdef bint condition_holds(const Work* w, const Trie* trie, int condition, Py_ssize_t i, Py_ssize_t n) noexcept nogil:
    cdef const int32_t* c = &trie.conditions[condition]
    cdef bint holds
    while c[0] != 0:
        if c[0] == THIS:
            holds = is_name(w, i, n)
        else:
            holds = side_holds(w, i - 1 if c[0] < 0 else i + n, c + 3, c[2])
        if holds == (c[1] != 0):
            return False
        c += 3 + c[2]
    return True


cdef int add_node(Work* w, const Trie* trie, uint32_t node, Py_ssize_t i, Py_ssize_t n, double price, bint own) except -1 nogil:
    """All hypotheses of a node as candidates for the tokens i to i + n."""
    cdef const Node* at = &trie.nodes[node]
    cdef const Hypothesis* h
    cdef Candidate* c
    cdef uint32_t k
    cdef bint closed = n == 1 and not own and is_lone_name(w, i)
    for k in range(at.n):
        take_steps(w, 1)
        h = &trie.hyps[at.first + k]
        if h.condition and not condition_holds(w, trie, h.condition, i, n):
            continue
        if closed and not (h.n_surface and b"A" <= trie.surfaces[h.against_surface & LOWER] <= b"Z"):
            continue  # a name stays, unless it is one that replaces it ("Xmas")
        if w.n_cands == w.room_cands:
            enlarge(<void**>&w.cands, &w.room_cands, sizeof(Candidate))
        c = &w.cands[w.n_cands]
        c.h = h
        c.others = &trie.hyps[at.first]
        c.n_others = at.n
        c.target = trie.targets + (h.hands_target & LOWER)
        c.surface = trie.surfaces + (h.against_surface & LOWER)
        c.start = <int32_t>i
        c.n = <int32_t>n
        c.own = own
        c.row = h.family_row & LOWER
        c.family = h.family_row >> 24
        c.channel = h.weight / 256.0
        c.reliability = h.reliability / 16.0
        c.mark = h.mark / 16.0
        c.price = price
        c.topic = 0
        c.fit_kept = 0
        c.posterior = 0
        c.weight = 0
        c.tail = 0
        c.next = w.first[i]
        w.first[i] = <int32_t>w.n_cands
        w.n_cands += 1
    return 0


cdef int protect(Work* w) except -1 nogil:
    """No edit touches what is protected, nor a word all in capitals among ordinary ones (a keyword, a constant, a label)
    unless a user's row asks for it."""
    cdef Py_ssize_t i, k
    cdef Token* t
    cdef const Stretch* s
    for i in range(w.tokens.n):
        t = &w.tokens.at[i]
        if t.flags & F_CAPS and t.end - t.start >= LEAST_KEYWORD and not (
            (i > 0 and w.tokens.at[i - 1].flags & F_CAPS) or (i + 1 < w.tokens.n and w.tokens.at[i + 1].flags & F_CAPS)
        ):
            t.flags |= F_KEYWORD
    i = 0
    for k in range(w.n_protected):
        s = &w.protected[k]
        while i < w.tokens.n and w.tokens.at[i].end <= s.start:
            i += 1
        while i < w.tokens.n and w.tokens.at[i].start < s.end:
            w.tokens.at[i].flags |= F_PROTECTED
            if w.tokens.at[i].end > s.end:
                break
            i += 1
    return 0


cdef bint open_to_edits(const Work* w, Py_ssize_t i, Py_ssize_t n) noexcept nogil:
    """Whether a phrase may be seen in the tokens i to i + n: none is protected, no sentence ends, no quotation begins."""
    cdef Py_ssize_t k
    for k in range(i, i + n):
        if w.tokens.at[k].flags & (F_PROTECTED | F_KEYWORD | F_END) or (k > i and w.tokens.at[k].flags & F_BREAK):
            return False
    return True


cdef int walk(Work* w, const Trie* trie, Py_ssize_t i, bint own) except -1 nogil:
    """Every spun phrase of a trie that begins at token i."""
    cdef uint32_t node = 0
    cdef Py_ssize_t j = i
    cdef const Token* t
    cdef uint32_t closed = F_PROTECTED | F_END | (0 if own else F_KEYWORD)
    while j < w.tokens.n and j - i < MAX_PHRASE:
        t = &w.tokens.at[j]
        if t.flags & closed or (j > i and t.flags & F_BREAK):
            break
        node = child(trie, node, <uint32_t>t.id)
        if node == 0:
            break
        j += 1
        if trie.nodes[node].n:
            add_node(w, trie, node, i, j - i, 0.0, own)
        if not trie.nodes[node].children:
            break
    return 0


cdef int find_at(Work* w, Py_ssize_t i) except -1 nogil:
    """Every spun phrase that begins at token i, as candidates."""
    cdef const Token* t = &w.tokens.at[i]
    take_steps(w, 1)
    w.first[i] = -1
    if t.id < w.m.n_words and w.m.flags[t.id] & W_STARTS:
        walk(w, &w.m.trie, i, False)
    if w.own != NULL:
        walk(w, &w.own.trie, i, True)
    return 0


cdef inline bint is_promising(const Candidate* c) noexcept nogil:
    return c.promise >= LEAST_PROMISE or c.own != 0


cdef void keep_promising(Work* w, Py_ssize_t i, int32_t since, int32_t older) noexcept nogil:
    """Of the candidates from number `since` on, all of which begin at token i, go on with those that have promise:
    most rows are no reading of the place. `older`: the first of the candidates that token had before."""
    cdef int32_t k, n = since
    w.first[i] = older
    for k in range(since, <int32_t>w.n_cands):
        if not is_promising(&w.cands[k]):
            continue
        if k > n:
            w.cands[n] = w.cands[k]
        w.cands[n].next = w.first[i]
        w.first[i] = n
        n += 1
    w.n_cands = n
