# The language model in context: words in place of tokens, article clashes. Part of _decode.pyx.

cdef inline int32_t id_at(const Work* w, Py_ssize_t i) noexcept nogil:
    if i < 0:
        return END if i == -1 else -1
    return w.tokens.at[i].id if i < w.tokens.n else END


cdef double run(const Work* w, int32_t* a, int32_t* b, const int32_t* ids, Py_ssize_t n, int* orders) noexcept nogil:
    """Log probability of a run of words; moves the context on."""
    cdef double total = 0
    cdef Py_ssize_t k
    cdef int order = 0
    cdef Context context
    cdef Question question
    begin_context(w.m, &context, a[0], b[0])
    for k in range(n):
        ask(w.m, &context, ids[k], &question)
        total += answer(w.m, &question, &order)
        orders[0] += order
        a[0] = b[0]
        b[0] = ids[k]
    return total


cdef enum:
    MEMO = 1 << 14     # n-grams remembered, from text to text


cdef inline double remembered(const Work* w, int32_t a, int32_t b, int32_t word) noexcept nogil:
    """lm_logp through a table of what was asked before: states of a lattice ask for the same words again and again."""
    cdef uint64_t h = (<uint64_t><uint32_t>a << 32 | <uint32_t>b) * <uint64_t>0x9E3779B97F4A7C15
    cdef Remembered* r = &w.memo[((h ^ <uint32_t>word) * <uint64_t>0xC2B2AE3D27D4EB4F >> 32) & (MEMO - 1)]
    cdef int order = 0
    if r.word != word or r.a != a or r.b != b:
        r.value = lm_logp(w.m, a, b, word, &order)
        r.a = a
        r.b = b
        r.word = word
    return r.value


cdef enum:
    IN_PLACE = 8       # words asked for together
    AHEAD = 12         # phrases asked for before the first is answered, so that memory works while we go on

cdef struct InPlace:
    Question questions[IN_PLACE]
    int n
    int32_t candidate  # -1: what is written
    double total       # of the words answered


cdef inline void settle(const Work* w, InPlace* p) noexcept nogil:
    """Answer what has been asked."""
    cdef int k, order = 0
    for k in range(p.n):
        p.total += answer(w.m, &p.questions[k], &order)
    p.n = 0


cdef inline void ask_word(const Work* w, Context* context, int32_t word, InPlace* p) noexcept nogil:
    if p.n == IN_PLACE:
        settle(w, p)
    ask(w.m, context, word, &p.questions[p.n])
    p.n += 1


cdef inline void ask_in_place(const Work* w, const Context* before, Py_ssize_t after, const int32_t* ids, Py_ssize_t n_ids, InPlace* p) noexcept nogil:
    """Ask for words in a context and for the two tokens that follow them, which begin at `after`."""
    cdef Context context = before[0]
    cdef Py_ssize_t k
    p.n = 0
    p.total = 0
    for k in range(n_ids):
        ask_word(w, &context, ids[k], p)
    for k in range(after, min(after + 2, w.tokens.n)):
        ask_word(w, &context, w.tokens.at[k].id, p)
        if w.tokens.at[k].id == END:
            break


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
