# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Inference: candidates, spin rate, lattice, posteriors. Described in docs/design.md; tests/reference.py is the
same in plain Python, and the two are held equal.
"""
from libc.math cimport INFINITY, exp, log, log1p
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memset

from despin.decode._model cimport (
    END, W_STARTS, W_VOWEL, Hypothesis, Model, Node, Tables, Trie, child, encode, lm_logp,
)
from despin.decode._scan cimport (
    F_BREAK, F_CAP, F_CAPS, F_END, F_NUMBER, F_PROTECTED, F_SPACE, F_START, F_WORD, Token, Tokens, scan_into,
)

cdef extern from "Python.h":
    int PyUnicode_KIND(object)
    void* PyUnicode_DATA(object)

cdef enum:
    BEAM = 24          # states kept at a position of the lattice
    MAX_PHRASE = 10    # tokens of a spun phrase
    N_RATES = 16       # spin rates tried
    N_FAMILIES = 8
    N_FEATURES = 25

cdef double RATES[N_RATES]
cdef double FAMILY_PRIOR[N_FAMILIES]
# One outlying place must not decide on a whole document.
cdef double MAX_LOG_RATIO = 5.0

cdef void _fill():
    cdef int i
    for i in range(N_RATES):
        RATES[i] = 0.02 * (45.0 ** (i / (N_RATES - 1.0)))  # 0.02 to 0.9, geometric
    # any, news, bookmark, casino, growtobe, spinbot, academic, user: pseudo-counts of edits
    for i, value in enumerate((0.0, 6.0, 1.5, 0.7, 0.7, 1.5, 1.5, 0.0)):
        FAMILY_PRIOR[i] = value

_fill()

cdef struct Candidate:
    const Hypothesis* h
    const int32_t* target
    const char* surface
    int32_t start          # first token
    int32_t n              # tokens
    int32_t next           # candidates at the same start: index of the next, -1 at the end
    int32_t own            # 1: from the user's rows
    double price           # log probability that the phrase was damaged as it was (fuzzy), 0 if it was not
    double posterior
    double weight          # log P(spun | original), family and price included

cdef struct State:
    int32_t a
    int32_t b
    int32_t next
    int32_t back           # Viterbi: arc by which it is best reached
    double best
    double forward
    double backward

cdef struct Arc:
    int32_t source
    int32_t target
    int32_t candidate      # -1: token kept
    double score

cdef struct Work:
    const Tables* m
    const Tables* own
    Tokens tokens
    Candidate* cands
    Py_ssize_t n_cands
    Py_ssize_t room_cands
    int32_t* first         # first candidate at each token, -1
    State* states
    Py_ssize_t n_states
    Py_ssize_t room_states
    Arc* arcs
    Py_ssize_t n_arcs
    Py_ssize_t room_arcs
    int32_t* at            # first state at each token position, -1
    int32_t* chosen        # Viterbi: candidate that begins at a token, -1
    int64_t* tally         # hash table: how often each word is kept, each reading chosen
    uint32_t tally_mask
    double rate
    double gain            # log-likelihood of the document at `rate` minus at 0
    double family[N_FAMILIES]
    double lm_scale
    double channel_scale
    double bias
    double clash
    double trust           # scale of the rows' reliabilities
    double cache           # scale of the words that the document has restored elsewhere


cdef int more_cands(Work* w) except -1 nogil:
    cdef Py_ssize_t room = 64 if w.room_cands == 0 else 2 * w.room_cands
    cdef void* p = realloc(w.cands, room * sizeof(Candidate))
    if p == NULL:
        with gil:
            raise MemoryError("despin: no memory for the candidates of this text")
    w.cands = <Candidate*>p
    w.room_cands = room
    return 0

cdef int more_states(Work* w) except -1 nogil:
    cdef Py_ssize_t room = 256 if w.room_states == 0 else 2 * w.room_states
    cdef void* p = realloc(w.states, room * sizeof(State))
    if p == NULL:
        with gil:
            raise MemoryError("despin: no memory for the lattice of this text")
    w.states = <State*>p
    w.room_states = room
    return 0

cdef int more_arcs(Work* w) except -1 nogil:
    cdef Py_ssize_t room = 256 if w.room_arcs == 0 else 2 * w.room_arcs
    cdef void* p = realloc(w.arcs, room * sizeof(Arc))
    if p == NULL:
        with gil:
            raise MemoryError("despin: no memory for the lattice of this text")
    w.arcs = <Arc*>p
    w.room_arcs = room
    return 0


# ---- candidates ---------------------------------------------------------------------------------------------------

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


cdef bint condition_holds(const Work* w, const Trie* trie, int condition, Py_ssize_t i, Py_ssize_t n) noexcept nogil:
    cdef const int32_t* c = &trie.conditions[condition]
    cdef Py_ssize_t beside
    while c[0] != 0:
        beside = i - 1 if c[0] < 0 else i + n
        if side_holds(w, beside, c + 3, c[2]) == (c[1] != 0):
            return False
        c += 3 + c[2]
    return True


cdef int add_node(Work* w, const Trie* trie, uint32_t node, Py_ssize_t i, Py_ssize_t n, double price, bint own) except -1 nogil:
    """All hypotheses of a node as candidates for the tokens i to i + n."""
    cdef const Node* at = &trie.nodes[node]
    cdef const Hypothesis* h
    cdef Candidate* c
    cdef uint32_t k
    for k in range(at.n):
        h = &trie.hyps[at.first + k]
        if h.condition and not condition_holds(w, trie, h.condition, i, n):
            continue
        if w.n_cands == w.room_cands:
            more_cands(w)
        c = &w.cands[w.n_cands]
        c.h = h
        c.target = trie.targets + h.target
        c.surface = trie.surfaces + h.surface
        c.start = <int32_t>i
        c.n = <int32_t>n
        c.own = own
        c.price = price
        c.posterior = 0
        c.weight = 0
        c.next = w.first[i]
        w.first[i] = <int32_t>w.n_cands
        w.n_cands += 1
    return 0


cdef int walk(Work* w, const Trie* trie, Py_ssize_t i, bint own) except -1 nogil:
    """Every spun phrase of a trie that begins at token i."""
    cdef uint32_t node = 0
    cdef Py_ssize_t j = i
    cdef const Token* t
    while j < w.tokens.n and j - i < MAX_PHRASE:
        t = &w.tokens.at[j]
        if t.flags & (F_PROTECTED | F_END) or (j > i and t.flags & F_BREAK):
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


cdef int find_candidates(Work* w) except -1 nogil:
    cdef Py_ssize_t i
    cdef Token* t
    for i in range(w.tokens.n):
        w.first[i] = -1
    for i in range(w.tokens.n):
        t = &w.tokens.at[i]
        if t.id < w.m.n_words and w.m.flags[t.id] & W_STARTS:
            walk(w, &w.m.trie, i, False)
        if w.own != NULL:
            walk(w, &w.own.trie, i, True)
    return 0


# ---- language model in context -------------------------------------------------------------------------------------

cdef inline int32_t id_at(const Work* w, Py_ssize_t i) noexcept nogil:
    if i < 0:
        return END if i == -1 else -1
    return w.tokens.at[i].id if i < w.tokens.n else END


cdef double run(const Work* w, int32_t* a, int32_t* b, const int32_t* ids, Py_ssize_t n, int* orders) noexcept nogil:
    """Log probability of a run of words; moves the context on."""
    cdef double total = 0
    cdef Py_ssize_t k
    cdef int order = 0
    for k in range(n):
        total += lm_logp(w.m, a[0], b[0], ids[k], &order)
        orders[0] += order
        a[0] = b[0]
        b[0] = ids[k]
    return total


cdef double in_place(const Work* w, Py_ssize_t i, Py_ssize_t n, const int32_t* ids, Py_ssize_t n_ids, int* orders) noexcept nogil:
    """Log probability of words in place of the tokens i to i + n, the two tokens after them included."""
    cdef int32_t a = id_at(w, i - 2), b = id_at(w, i - 1), follow
    cdef Py_ssize_t k
    cdef double total = run(w, &a, &b, ids, n_ids, orders)
    for k in range(i + n, min(i + n + 2, w.tokens.n)):
        follow = w.tokens.at[k].id
        total += run(w, &a, &b, &follow, 1, orders)
        if follow == END:
            break
    return total


cdef double kept_in_place(const Work* w, Py_ssize_t i, Py_ssize_t n, int* orders) noexcept nogil:
    cdef int32_t ids[MAX_PHRASE]
    cdef Py_ssize_t k
    for k in range(n):
        ids[k] = w.tokens.at[i + k].id
    return in_place(w, i, n, ids, n, orders)


cdef bint vowel(const Work* w, int32_t word) noexcept nogil:
    return word < w.m.n_words and w.m.flags[word] & W_VOWEL != 0


cdef int article(const Work* w, Py_ssize_t i) noexcept nogil:
    """Is the token before i an article: 1 "a", 2 "an", 0 neither. Told by its length, both have one id."""
    if i < 1 or w.tokens.at[i].flags & F_BREAK:
        return 0
    cdef const Token* t = &w.tokens.at[i - 1]
    if not t.flags & F_WORD or t.id == END or t.id != w.m.article:
        return 0
    return <int>(t.end - t.start)


cdef bint clashes(const Work* w, Py_ssize_t i, int32_t word) noexcept nogil:
    """Would the article before token i clash with this word?"""
    cdef int kind = article(w, i)
    return kind != 0 and vowel(w, word) != (kind == 2)


# ---- spin rate -----------------------------------------------------------------------------------------------------

cdef inline double prior(const Work* w, const Candidate* c) noexcept nogil:
    """What is known of a hypothesis before its context is looked at, but for the spin rate and the family."""
    return c.h.weight + c.price + w.trust * (c.h.reliability + c.h.mark)


cdef double at_rate(const double* ratios, Py_ssize_t n, double kept1, double kept2, double r) noexcept nogil:
    """Log-likelihood at a rate minus at 0. Kept words enter by the first two terms of log(1 - r A)."""
    cdef double total = -r * kept1 - r * r * kept2
    cdef Py_ssize_t i
    for i in range(n):
        total += log1p(r * ratios[i])
    return total


cdef int estimate_rate(Work* w) except -1 nogil:
    """The spin rate and the family mixture that explain the document best, place by place, neighbours as they are."""
    cdef Py_ssize_t i, k, n_places = 0, end = 0
    cdef int32_t c
    cdef int f, orders = 0, step, best_step = -1
    cdef double kept, ratio, total, value, kept1 = 0, kept2 = 0, best = 0, sum_family
    cdef double cap = exp(MAX_LOG_RATIO)
    cdef double counts[N_FAMILIES]
    cdef double* by_family = <double*>malloc((w.n_cands + 1) * (N_FAMILIES + 1) * sizeof(double))
    cdef double* ratios
    cdef double* row
    cdef double* previous
    if by_family == NULL:
        with gil:
            raise MemoryError("despin: no memory for the candidates of this text")
    ratios = by_family + (w.n_cands + 1) * N_FAMILIES
    for i in range(w.tokens.n):
        if w.tokens.at[i].id < w.m.n_words and not w.tokens.at[i].flags & F_PROTECTED:
            value = w.m.replaceable[w.tokens.at[i].id]
            kept1 += value
            kept2 += 0.5 * value * value
        c = w.first[i]
        while c >= 0:
            # candidates of one start stand in runs of equal length, longest first
            k = w.cands[c].n
            kept = kept_in_place(w, i, k, &orders)
            row = by_family + n_places * N_FAMILIES
            for f in range(N_FAMILIES):
                row[f] = 0
            total = 0
            while c >= 0 and w.cands[c].n == k:
                ratio = in_place(w, i, k, w.cands[c].target, w.cands[c].h.n_target, &orders) - kept
                if clashes(w, i, w.tokens.at[i].id) and w.cands[c].h.n_target and (
                    not clashes(w, i, w.cands[c].target[0])
                ):
                    ratio -= w.clash
                value = exp(min(MAX_LOG_RATIO, w.lm_scale * ratio + prior(w, &w.cands[c])))
                row[w.cands[c].h.family] += value
                total += value
                c = w.cands[c].next
            if n_places and i < end:  # overlaps the place before: the better of the two counts
                previous = row - N_FAMILIES
                value = 0
                for f in range(N_FAMILIES):
                    value += previous[f]
                if total > value:
                    for f in range(N_FAMILIES):
                        previous[f] = row[f]
                end = max(end, i + k)
            else:
                n_places += 1
                end = i + k
    w.rate = RATES[7]
    for f in range(N_FAMILIES):
        counts[f] = FAMILY_PRIOR[f]
    for step in range(4):
        sum_family = 0
        for f in range(N_FAMILIES):
            sum_family += counts[f]
        for f in range(N_FAMILIES):
            w.family[f] = counts[f] / sum_family
        w.family[0] = w.family[N_FAMILIES - 1] = 1.0
        for i in range(n_places):
            row = by_family + i * N_FAMILIES
            total = 0
            for f in range(N_FAMILIES):
                total += w.family[f] * row[f]
            ratios[i] = min(total, cap)
        best = 0
        best_step = -1
        for f in range(N_RATES):
            value = at_rate(ratios, n_places, kept1, kept2, RATES[f])
            if value > best:
                best = value
                best_step = f
        w.rate = RATES[best_step] if best_step >= 0 else 0.0
        w.gain = best
        if best_step < 0:
            break
        for f in range(N_FAMILIES):
            counts[f] = FAMILY_PRIOR[f]
        for i in range(n_places):
            row = by_family + i * N_FAMILIES
            value = w.rate / (1 + w.rate * ratios[i])
            for f in range(1, N_FAMILIES - 1):
                counts[f] += min(1.0, value * w.family[f] * row[f])
    free(by_family)
    return 0


# ---- lattice -------------------------------------------------------------------------------------------------------

cdef inline double log_add(double x, double y) noexcept nogil:
    if x < y:
        x, y = y, x
    if y == -INFINITY:
        return x
    return x + log1p(exp(y - x))


cdef int reach(Work* w, Py_ssize_t position, int32_t source, int32_t candidate, double score, int32_t a, int32_t b) except -1 nogil:
    """Add an arc to the state (a, b) at a position, making the state if it is new."""
    cdef int32_t s = w.at[position]
    cdef State* state
    cdef double best = w.states[source].best + score
    if b == END:
        a = -1
    while s >= 0 and not (w.states[s].a == a and w.states[s].b == b):
        s = w.states[s].next
    if s < 0:
        if w.n_states == w.room_states:
            more_states(w)
        s = <int32_t>w.n_states
        w.n_states += 1
        state = &w.states[s]
        state.a = a
        state.b = b
        state.next = w.at[position]
        state.best = -INFINITY
        state.forward = -INFINITY
        state.backward = -INFINITY
        state.back = -1
        w.at[position] = s
    if w.n_arcs == w.room_arcs:
        more_arcs(w)
    w.arcs[w.n_arcs].source = source
    w.arcs[w.n_arcs].target = s
    w.arcs[w.n_arcs].candidate = candidate
    w.arcs[w.n_arcs].score = score
    state = &w.states[s]
    if best > state.best:
        state.best = best
        state.back = <int32_t>w.n_arcs
    state.forward = log_add(state.forward, w.states[source].forward + score)
    w.n_arcs += 1
    return 0


cdef void prune(Work* w, Py_ssize_t position) noexcept nogil:
    """Keep the BEAM states that are best reached."""
    cdef int32_t s = w.at[position], previous, worst, before_worst
    cdef int n = 0
    while s >= 0:
        n += 1
        s = w.states[s].next
    while n > BEAM:
        worst = w.at[position]
        before_worst = -1
        previous = worst
        s = w.states[worst].next
        while s >= 0:
            if w.states[s].best < w.states[worst].best:
                worst = s
                before_worst = previous
            previous = s
            s = w.states[s].next
        if before_worst < 0:
            w.at[position] = w.states[worst].next
        else:
            w.states[before_worst].next = w.states[worst].next
        n -= 1


cdef int expand(Work* w, Py_ssize_t base, Py_ssize_t i, int32_t s) except -1 nogil:
    """All arcs that leave a state at token i: keep the token, or put a hypothesis in place of a phrase."""
    cdef int32_t a = w.states[s].a, b = w.states[s].b, c, na, nb
    cdef int32_t word = w.tokens.at[i].id
    cdef int order = 0
    cdef double score = w.lm_scale * lm_logp(w.m, a, b, word, &order)
    cdef Candidate* cand
    if word < w.m.n_words:
        score += log1p(-w.rate * w.m.replaceable[word])
    if clashes(w, i, word):
        score += w.clash
    reach(w, i + 1 - base, s, -1, score, b, word)
    c = w.first[i]
    while c >= 0:
        cand = &w.cands[c]
        na, nb = a, b
        score = w.lm_scale * run(w, &na, &nb, cand.target, cand.h.n_target, &order)
        score += w.channel_scale * cand.weight + w.bias
        reach(w, i + cand.n - base, s, c, score, na, nb)
        c = cand.next
    return 0


cdef int decode_cluster(Work* w, Py_ssize_t start, Py_ssize_t stop) except -1 nogil:
    """Forward-backward and Viterbi over the tokens start to stop; outside them every token is kept."""
    cdef Py_ssize_t i
    cdef int32_t s, arc
    cdef double total
    cdef State* first
    w.n_states = w.n_arcs = 0
    for i in range(stop - start + 1):
        w.at[i] = -1
    if w.room_states == 0:
        more_states(w)
    first = &w.states[0]
    first.a = id_at(w, start - 2)
    first.b = id_at(w, start - 1)
    if first.b == END:
        first.a = -1
    first.next = -1
    first.back = -1
    first.best = first.forward = 0
    first.backward = -INFINITY
    w.n_states = 1
    w.at[0] = 0
    for i in range(start, stop):
        prune(w, i - start)
        s = w.at[i - start]
        while s >= 0:
            expand(w, start, i, s)
            s = w.states[s].next
    s = w.at[stop - start]
    arc = s
    total = -INFINITY
    while s >= 0:
        w.states[s].backward = 0
        total = log_add(total, w.states[s].forward)
        if w.states[s].best > w.states[arc].best:
            arc = s
        s = w.states[s].next
    s = arc
    while w.states[s].back >= 0:
        arc = w.states[s].back
        if w.arcs[arc].candidate >= 0:
            w.chosen[w.cands[w.arcs[arc].candidate].start] = w.arcs[arc].candidate
        s = w.arcs[arc].source
    for i in range(w.n_arcs - 1, -1, -1):
        if w.states[w.arcs[i].target].backward == -INFINITY:
            continue
        first = &w.states[w.arcs[i].source]
        first.backward = log_add(first.backward, w.states[w.arcs[i].target].backward + w.arcs[i].score)
        if w.arcs[i].candidate >= 0:
            w.cands[w.arcs[i].candidate].posterior += exp(
                first.forward + w.arcs[i].score + w.states[w.arcs[i].target].backward - total
            )
    return 0


cdef void weigh(Work* w) noexcept nogil:
    """log (r P(s|o)) of every candidate, with the document's rate and families."""
    cdef Py_ssize_t c
    cdef double log_rate = log(w.rate)
    for c in range(w.n_cands):
        w.cands[c].weight = log_rate + prior(w, &w.cands[c])
        if not w.cands[c].own:
            w.cands[c].weight += log(w.family[w.cands[c].h.family])


cdef int decode(Work* w) except -1 nogil:
    """Decode the runs of tokens around candidates; two kept tokens in between make runs independent, exactly."""
    cdef Py_ssize_t i = 0, start, stop, n = w.tokens.n
    cdef int32_t c
    while i < n:
        if w.first[i] < 0:
            i += 1
            continue
        start = i
        stop = i
        while i < n and i < stop + 3:
            c = w.first[i]
            while c >= 0:
                stop = max(stop, i + w.cands[c].n)
                c = w.cands[c].next
            i += 1
        stop = min(stop + 2, n)
        decode_cluster(w, start, stop)
        i = max(i, stop)
    return 0


# ---- consistency in the document --------------------------------------------------------------------------------------

cdef inline int64_t* tally_slot(const Work* w, uint32_t key) noexcept nogil:
    """Counter of a key: its upper half holds the key + 1, its lower half the count."""
    cdef uint64_t h = key * <uint64_t>0x9E3779B97F4A7C15
    cdef uint32_t i = <uint32_t>(h >> 32) & w.tally_mask
    while w.tally[i] != 0 and (w.tally[i] >> 32) != <int64_t>key + 1:
        i = (i + 1) & w.tally_mask
    return &w.tally[i]


cdef inline void count(const Work* w, uint32_t key) noexcept nogil:
    cdef int64_t* slot = tally_slot(w, key)
    if slot[0] == 0:
        slot[0] = (<int64_t>key + 1) << 32
    slot[0] += 1


cdef inline double counted(const Work* w, uint32_t key) noexcept nogil:
    return <double><uint32_t>tally_slot(w, key)[0]


cdef inline uint32_t reading_key(const Candidate* c) noexcept nogil:
    return (<uint32_t>1 << 30) | (c.h.row << 1) | <uint32_t>c.own


cdef inline uint32_t restored_key(int32_t word) noexcept nogil:
    return (<uint32_t>1 << 29) | <uint32_t>word


cdef int take_tally(Work* w) except -1 nogil:
    """Count kept words and chosen readings: a spinner has one substitute for a word, throughout."""
    cdef Py_ssize_t size = 16, i = 0, skip
    while size < 4 * w.tokens.n:
        size *= 2
    w.tally_mask = <uint32_t>(size - 1)
    free(w.tally)
    w.tally = <int64_t*>malloc(size * sizeof(int64_t))
    if w.tally == NULL:
        with gil:
            raise MemoryError("despin: no memory for the words of this text")
    memset(w.tally, 0, size * sizeof(int64_t))
    while i < w.tokens.n:
        if w.chosen[i] >= 0:
            count(w, reading_key(&w.cands[w.chosen[i]]))
            if w.cands[w.chosen[i]].h.n_target == 1:
                count(w, restored_key(w.cands[w.chosen[i]].target[0]))
            i += w.cands[w.chosen[i]].n
        else:
            count(w, <uint32_t>w.tokens.at[i].id)
            i += 1
    return 0


cdef int recall(Work* w) except -1 nogil:
    """Decode again, with words that the document has restored elsewhere likelier (a cache, Kuhn and De Mori 1990)."""
    cdef Py_ssize_t i
    cdef Candidate* c
    cdef bint same
    take_tally(w)
    for i in range(w.n_cands):
        c = &w.cands[i]
        c.posterior = 0
        if c.h.n_target == 1:
            # what is restored here is no evidence for itself
            same = w.chosen[c.start] >= 0 and w.cands[w.chosen[c.start]].target[0] == c.target[0] and (
                w.cands[w.chosen[c.start]].h.n_target == 1
            )
            c.weight += w.cache * min(2.0, log1p(counted(w, restored_key(c.target[0])) - same))
    memset(w.chosen, 255, (w.tokens.n + 1) * sizeof(int32_t))
    decode(w)
    return take_tally(w)


# ---- features of the chosen edits ------------------------------------------------------------------------------------

cdef inline double clip(double x, double least, double most) noexcept nogil:
    return least if x < least else most if x > most else x


cdef inline double logit(double p) noexcept nogil:
    return clip(log(p / (1 - p)) if 0 < p < 1 else (10 if p >= 1 else -10), -10, 10)


cdef int32_t path_before(const Work* w, Py_ssize_t i, int back) noexcept nogil:
    """The id that stands `back` words before token i on the decoded path."""
    cdef Py_ssize_t j = i - 1, k
    cdef const Candidate* c
    while j >= 0:
        # is token j inside a chosen phrase?
        k = j
        while k >= 0 and j - k < MAX_PHRASE and not (w.chosen[k] >= 0 and w.cands[w.chosen[k]].n > j - k):
            k -= 1
        if k >= 0 and j - k < MAX_PHRASE:
            c = &w.cands[w.chosen[k]]
            if back <= c.h.n_target:
                return c.target[c.h.n_target - back]
            back -= c.h.n_target
            j = k - 1
            continue
        if back == 1:
            return w.tokens.at[j].id
        if w.tokens.at[j].id == END:
            return -1
        back -= 1
        j -= 1
    return END if back == 1 else -1


cdef int path_after(const Work* w, Py_ssize_t i, int32_t* ids) noexcept nogil:
    """Up to two ids that follow from token i on the decoded path."""
    cdef int n = 0, k
    cdef const Candidate* c
    while i < w.tokens.n and n < 2:
        if w.chosen[i] >= 0:
            c = &w.cands[w.chosen[i]]
            for k in range(min(<int>c.h.n_target, 2 - n)):
                ids[n] = c.target[k]
                n += 1
            i += c.n
            continue
        ids[n] = w.tokens.at[i].id
        n += 1
        if ids[n - 1] == END:
            break
        i += 1
    return n


cdef double path_score(const Work* w, const int32_t* before, const int32_t* ids, Py_ssize_t n, const int32_t* after, int n_after, int* orders) noexcept nogil:
    cdef int32_t a = before[0], b = before[1]
    cdef double total = run(w, &a, &b, ids, n, orders)
    return total + run(w, &a, &b, after, n_after, orders)


cdef void features(const Work* w, const Candidate* c, double spin_logit, double* f) noexcept nogil:
    """What the decision on an edit looks at; names and meaning in learn/features.py."""
    cdef int32_t before[2]
    cdef int32_t after[2]
    cdef int32_t ids[MAX_PHRASE]
    cdef Py_ssize_t i = c.start, k
    cdef int n_after = path_after(w, i + c.n, after), kept_orders = 0, new_orders = 0, capitals = 0
    cdef double kept, new, spun_unigram = 0, target_unigram = 0, any_edit = 0
    cdef int32_t other
    before[0] = path_before(w, i, 2)
    before[1] = path_before(w, i, 1)
    for k in range(c.n):
        ids[k] = w.tokens.at[i + k].id
        if w.tokens.at[i + k].flags & F_CAP and not w.tokens.at[i + k].flags & F_START:
            capitals += 1
        spun_unigram += w.m.logp[ids[k]] if ids[k] < w.m.n_words else -16
    for k in range(c.h.n_target):
        target_unigram += w.m.logp[c.target[k]] if c.target[k] < w.m.n_words else -16
    kept = path_score(w, before, ids, c.n, after, n_after, &kept_orders)
    new = path_score(w, before, c.target, c.h.n_target, after, n_after, &new_orders)
    other = w.first[i]
    while other >= 0:
        if w.cands[other].n == c.n:
            any_edit += w.cands[other].posterior
        other = w.cands[other].next
    f[0] = 1
    f[1] = logit(c.posterior)
    f[2] = logit(any_edit)
    f[3] = clip((new - kept) / 4, -4, 4)
    f[4] = c.h.weight
    f[5] = log(w.rate)
    f[6] = clip(spin_logit, -8, 8)
    f[7] = c.h.reliability
    f[8] = c.n >= 2
    f[9] = c.n >= 3
    f[10] = c.h.n_target == 0
    f[11] = capitals / <double>c.n
    f[12] = clashes(w, i, w.tokens.at[i].id) and c.h.n_target > 0 and not clashes(w, i, c.target[0])
    f[13] = c.h.n_target > 0 and not clashes(w, i, w.tokens.at[i].id) and clashes(w, i, c.target[0])
    f[14] = clip(spun_unigram / c.n, -16, 0)
    f[15] = kept_orders / <double>(c.n + n_after) - 2 if c.n + n_after else 0
    f[16] = new_orders / <double>(c.h.n_target + n_after) - 2 if c.h.n_target + n_after else 0
    f[17] = clip(target_unigram / c.h.n_target, -16, 0) if c.h.n_target else -8
    f[18] = w.tokens.at[i].flags & F_NUMBER != 0
    f[19] = 0 if c.own else log(w.family[c.h.family])
    f[20] = w.tokens.at[i].flags & F_START != 0
    f[21] = c.price
    f[22] = c.h.mark
    f[23] = min(2.0, log1p(counted(w, reading_key(c)) - 1))
    f[24] = min(2.0, log1p(counted(w, <uint32_t>c.target[0]))) if c.h.n_target == 1 else 0


cdef void spin_features(const Work* w, double* f) noexcept nogil:
    cdef double n = max(60, w.tokens.n)  # a shorter text is no denser evidence, only less
    f[0] = 1
    f[1] = clip(w.gain, 0, 60)
    f[2] = log(n)
    f[3] = clip(100 * w.gain / n, 0, 30)
    f[4] = log1p(w.gain)


cdef void release(Work* w) noexcept nogil:
    free(w.tokens.at)
    free(w.cands)
    free(w.first)
    free(w.chosen)
    free(w.tally)
    free(w.at)
    free(w.states)
    free(w.arcs)


# ---- Python side -----------------------------------------------------------------------------------------------------

cdef class Decoder:
    """Inference over one model, with a user's rows laid over it if there are any. Holds no state between calls."""
    cdef Model model
    cdef Model own
    cdef double lm_scale, channel_scale, bias, clash, trust, cache
    cdef double edit_weights[N_FEATURES]
    cdef double spin_weights[5]

    def __init__(self, Model model not None, Model own, dict decision not None):
        self.model = model
        self.own = own
        lattice = decision["lattice"]
        self.lm_scale = lattice["lm_scale"]
        self.channel_scale = lattice["channel_scale"]
        self.bias = lattice["bias"]
        self.clash = lattice["clash"]
        self.trust = lattice["trust"]
        self.cache = lattice["cache"]
        cdef int i
        if len(decision["edit"]["weights"]) != N_FEATURES or len(decision["spin"]["weights"]) != 5:
            raise ValueError("the decision weights do not fit this version of despin")
        for i in range(N_FEATURES):
            self.edit_weights[i] = decision["edit"]["weights"][i]
        for i in range(5):
            self.spin_weights[i] = decision["spin"]["weights"][i]

    def __call__(self, str text not None, protected=(), spun=None, double min_spin=0.0, fuzzy=(), bint detail=False,
                 rate=None):
        """Infer the edits of a text.

        Args:
            protected: Sorted, disjoint (start, end) offsets that no edit may touch.
            spun: True or False if the caller knows; None to find out.
            min_spin: Below this spin probability nothing is decoded.
            fuzzy: Damaged phrases: (first token, tokens, phrase, log price).
            detail: Also give the features of each edit.
            rate: The spin rate, if it is known.

        Returns:
            (spin probability, rate, families, edits): each edit (start, end, confidence, surface, row, own,
            alternatives, features), its alternatives (surface, posterior, row, own).
        """
        cdef Work w
        cdef list edits = []
        cdef double spin_logit, spin
        try:
            self.prepare(&w, text, protected, fuzzy)
            spin_logit = self.spin_logit(&w)
            spin = 1 / (1 + exp(-spin_logit))
            if spun is not None:
                spin = 1.0 if spun else 0.0
                spin_logit = 8 if spun else -8
                if spun:
                    w.rate = max(w.rate, 0.3)
            if rate is not None:
                w.rate = rate
            if w.n_cands and w.rate > 0 and spin >= min_spin and (spun is None or spun):
                with nogil:
                    memset(w.chosen, 255, (w.tokens.n + 1) * sizeof(int32_t))
                    weigh(&w)
                    decode(&w)
                    recall(&w)
                edits = self.collect(&w, spin_logit, detail)
            return spin, w.rate, [w.family[i] for i in range(N_FAMILIES)], edits
        finally:
            release(&w)

    cdef prepare(self, Work* w, str text, protected, fuzzy):
        """From the text to its candidates and spin rate."""
        cdef const void* data = PyUnicode_DATA(text)
        cdef int kind = PyUnicode_KIND(text)
        cdef Py_ssize_t n = len(text)
        memset(w, 0, sizeof(Work))
        w.m = &self.model.tables
        w.own = &self.own.tables if self.own is not None else NULL
        w.lm_scale = self.lm_scale
        w.channel_scale = self.channel_scale
        w.bias = self.bias
        w.clash = self.clash
        w.trust = self.trust
        w.cache = self.cache
        with nogil:
            scan_into(&w.tokens, kind, data, n)
            encode(w.m, w.own, &w.tokens)
            w.first = <int32_t*>malloc((w.tokens.n + 1) * sizeof(int32_t))
            w.chosen = <int32_t*>malloc((w.tokens.n + 1) * sizeof(int32_t))
            w.at = <int32_t*>malloc((w.tokens.n + MAX_PHRASE + 1) * sizeof(int32_t))
        if w.first == NULL or w.chosen == NULL or w.at == NULL:
            raise MemoryError("despin: no memory for the tokens of this text")
        self.protect(w, protected)
        with nogil:
            find_candidates(w)
        self.add_fuzzy(w, fuzzy)
        with nogil:
            estimate_rate(w)

    def evidence(self, str text not None, protected=()):
        """The features of the spin decision (named in learn/features.py)."""
        cdef Work w
        cdef double f[5]
        try:
            self.prepare(&w, text, protected, ())
            spin_features(&w, f)
            return [f[i] for i in range(5)]
        finally:
            release(&w)

    cdef double spin_logit(self, const Work* w):
        cdef double f[5]
        cdef double total = 0
        cdef int i
        spin_features(w, f)
        for i in range(5):
            total += self.spin_weights[i] * f[i]
        return total

    cdef protect(self, Work* w, protected):
        cdef Py_ssize_t i = 0, start, end
        for start, end in protected:
            while i < w.tokens.n and w.tokens.at[i].end <= start:
                i += 1
            while i < w.tokens.n and w.tokens.at[i].start < end:
                w.tokens.at[i].flags |= F_PROTECTED
                if w.tokens.at[i].end > end:
                    break
                i += 1

    cdef add_fuzzy(self, Work* w, fuzzy):
        cdef Py_ssize_t first, n
        cdef uint32_t node
        for first, n, phrase, price in fuzzy:
            for model, own in ((self.model, False), (self.own, True)):
                if model is None:
                    continue
                node = (<Model>model).phrase_node(phrase, self.model)
                if node:
                    add_node(w, &(<Model>model).tables.trie, node, first, n, price, own)

    cdef list collect(self, Work* w, double spin_logit, bint detail):
        cdef list edits = []
        cdef double f[N_FEATURES]
        cdef double score
        cdef Py_ssize_t i, j
        cdef int32_t k
        cdef Candidate* c
        for i in range(w.tokens.n):
            if w.chosen[i] < 0:
                continue
            c = &w.cands[w.chosen[i]]
            features(w, c, spin_logit, f)
            score = 0
            for j in range(N_FEATURES):
                score += self.edit_weights[j] * f[j]
            others = []
            k = w.first[i]
            while k >= 0:
                if k != w.chosen[i] and w.cands[k].n == c.n:
                    others.append((
                        w.cands[k].surface[: w.cands[k].h.n_surface].decode(), w.cands[k].posterior,
                        w.cands[k].h.row, bool(w.cands[k].own),
                    ))
                k = w.cands[k].next
            edits.append((
                w.tokens.at[i].start, w.tokens.at[i + c.n - 1].end, 1 / (1 + exp(-score)),
                c.surface[: c.h.n_surface].decode(), c.h.row, bool(c.own), others,
                [f[j] for j in range(N_FEATURES)] if detail else None,
            ))
        return edits

    def tokens(self, str text not None):
        """The tokens that inference sees: (start, end, known), known being whether it is a word of the vocabulary."""
        cdef Tokens tokens
        cdef Py_ssize_t i
        cdef list out = []
        tokens.at = NULL
        tokens.n = tokens.room = 0
        scan_into(&tokens, PyUnicode_KIND(text), PyUnicode_DATA(text), len(text))
        encode(&self.model.tables, &self.own.tables if self.own is not None else NULL, &tokens)
        for i in range(tokens.n):
            out.append((tokens.at[i].start, tokens.at[i].end, tokens.at[i].id != 0))
        free(tokens.at)
        return out
