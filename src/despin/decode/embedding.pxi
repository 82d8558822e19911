# Context embeddings: does a word fit the words around, up to 15 on either side? Part of _decode.pyx.

cdef enum:
    NEAR = 5       # places with a weight of their own, on either side
    FAR = 15       # the places after them share one weight
    MAX_DIM = 128

cdef void embed_side(const Work* w, Py_ssize_t at, int step, int side, float* h) noexcept nogil:
    """Add the words on one side of a phrase; `at` is the nearest."""
    cdef const Tables* m = w.m
    cdef int d, k
    cdef int32_t word
    cdef const float* place
    cdef const signed char* row
    cdef float scale
    cdef float bag[MAX_DIM]
    memset(bag, 0, sizeof(bag))
    for d in range(FAR):
        word = id_at(w, at) if -1 <= at <= w.tokens.n else UNK
        at += step
        if word < 0 or word >= m.n_embedded:
            continue
        row = m.context + <Py_ssize_t>word * m.dim
        if d < NEAR:
            scale = m.context_scale[word]
            place = m.place + (side * NEAR + d) * m.dim
            for k in range(m.dim):
                h[k] += place[k] * (scale * row[k])
        elif m.far[word] > 0.02:
            scale = m.far[word] * m.context_scale[word]
            for k in range(m.dim):
                bag[k] += scale * row[k]
    place = m.place + (2 * NEAR + side) * m.dim
    for k in range(m.dim):
        h[k] += place[k] * bag[k]


cdef double fit(const Work* w, const float* h, const int32_t* ids, Py_ssize_t n) noexcept nogil:
    """How well the rarest of some words fits a context; -INFINITY if that cannot be told."""
    cdef const Tables* m = w.m
    cdef Py_ssize_t k
    cdef int32_t word = -1
    cdef const signed char* row
    cdef float total = 0
    for k in range(n):
        if ids[k] < 0 or ids[k] >= m.n_embedded:
            return -INFINITY
        if word < 0 or m.logp[ids[k]] < m.logp[word]:
            word = ids[k]
    if word < 0:
        return -INFINITY
    row = m.output + <Py_ssize_t>word * m.dim
    for k in range(m.dim):
        total += h[k] * row[k]
    return total * m.output_scale[word] + m.output_bias[word]


cdef void embed_candidates(Work* w) noexcept nogil:
    """The topical gain of every candidate: how much better its original fits the surroundings than what is written."""
    cdef Py_ssize_t i, n, k
    cdef int32_t c
    cdef double kept, new
    cdef float left[MAX_DIM]
    cdef float h[MAX_DIM]
    cdef int32_t ids[MAX_PHRASE]
    if w.m.dim == 0:
        return
    for i in range(w.tokens.n):
        c = w.first[i]
        n = 0
        if c >= 0:
            memset(left, 0, sizeof(left))
            embed_side(w, i - 1, -1, 0, left)
        while c >= 0:
            if w.cands[c].n != n:
                n = w.cands[c].n
                memcpy(h, left, sizeof(left))
                embed_side(w, i + n, 1, 1, h)
                for k in range(n):
                    ids[k] = w.tokens.at[i + k].id
                kept = fit(w, h, ids, n)
            new = fit(w, h, w.cands[c].target, w.cands[c].h.n_target)
            w.cands[c].fit_kept = kept if kept > -INFINITY else 0
            w.cands[c].topic = clip(new - kept, -8, 8) if new > -INFINITY and kept > -INFINITY else 0
            c = w.cands[c].next
