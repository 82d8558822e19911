# Context embeddings: does a word fit the words around, up to 15 on either side? Part of _decode.pyx.

cdef enum:
    NEAR = 5       # places with a weight of their own, on either side
    FAR = 15       # the places after them share one weight

cdef extern from *:
    """
    /* Plain loops over independent lanes: a vector unit, where there is one, computes the very same sums. */
    #if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
    #define DESPIN_CLONES __attribute__((target_clones("avx2", "default"), optimize("O3", "no-fast-math", "fp-contract=off")))
    #else
    #define DESPIN_CLONES
    #endif
    #define DESPIN_LANES 16
    DESPIN_CLONES static void despin_add_row(float *total, const signed char *row, float scale, int n) {
        for (int k = 0; k < n; k++) total[k] += scale * (float)row[k];
    }
    DESPIN_CLONES static void despin_add_placed(
        float *total, const signed char *row, float scale, const float *place, int n
    ) {
        for (int k = 0; k < n; k++) total[k] += place[k] * (scale * (float)row[k]);
    }
    DESPIN_CLONES static void despin_add_product(float *total, const float *x, const float *y, int n) {
        for (int k = 0; k < n; k++) total[k] += x[k] * y[k];
    }
    DESPIN_CLONES static float despin_dot(const float *h, const signed char *row, int n) {
        float lanes[DESPIN_LANES] = {0}, total = 0;
        for (int k = 0; k + DESPIN_LANES <= n; k += DESPIN_LANES)
            for (int j = 0; j < DESPIN_LANES; j++) lanes[j] += h[k + j] * (float)row[k + j];
        for (int j = 0; j < DESPIN_LANES; j++) total += lanes[j];
        for (int k = n - n % DESPIN_LANES; k < n; k++) total += h[k] * (float)row[k];
        return total;
    }
    """
    void add_row "despin_add_row"(float* total, const signed char* row, float scale, int n) noexcept nogil
    void add_placed "despin_add_placed"(float* total, const signed char* row, float scale, const float* place, int n) noexcept nogil
    void add_product "despin_add_product"(float* total, const float* x, const float* y, int n) noexcept nogil
    float dot "despin_dot"(const float* h, const signed char* row, int n) noexcept nogil


cdef void embed_side(const Work* w, Py_ssize_t at, int step, int side, float* h) noexcept nogil:
    """Add the words on one side of a phrase; `at` is the nearest."""
    cdef const Tables* m = w.m
    cdef int d
    cdef int32_t word
    cdef const signed char* row
    cdef float bag[MAX_DIM]
    memset(bag, 0, m.dim * sizeof(float))
    for d in range(FAR):
        word = id_at(w, at) if -1 <= at <= w.tokens.n else UNK
        at += step
        if word < 0 or word >= m.n_embedded:
            continue
        row = m.context + <Py_ssize_t>word * m.dim
        if d < NEAR:
            add_placed(h, row, m.context_scale[word], m.place + (side * NEAR + d) * m.dim, m.dim)
        elif m.far[word] > 0.02:
            add_row(bag, row, m.far[word] * m.context_scale[word], m.dim)
    add_product(h, m.place + (2 * NEAR + side) * m.dim, bag, m.dim)


cdef double fit(const Work* w, const float* h, const int32_t* ids, Py_ssize_t n) noexcept nogil:
    """How well the rarest of some words fits a context; -INFINITY if that cannot be told."""
    cdef const Tables* m = w.m
    cdef Py_ssize_t k
    cdef int32_t word = -1
    for k in range(n):
        if ids[k] < 0 or ids[k] >= m.n_embedded:
            return -INFINITY
        if word < 0 or m.logp[ids[k]] < m.logp[word]:
            word = ids[k]
    if word < 0:
        return -INFINITY
    return dot(h, m.output + <Py_ssize_t>word * m.dim, m.dim) * m.output_scale[word] + m.output_bias[word]


cdef int embed_candidates(Work* w) except -1 nogil:
    """The topical gain of every candidate: how much better its original fits the surroundings than what is written."""
    cdef Py_ssize_t i, n, k
    cdef int32_t c
    cdef double kept, new
    cdef float left[MAX_DIM]
    cdef float h[MAX_DIM]
    cdef int32_t ids[MAX_PHRASE]
    if w.m.dim == 0:
        return 0
    for i in range(w.tokens.n):
        c = w.first[i]
        n = 0
        if c >= 0:
            take_steps(w, 20)
            memset(left, 0, sizeof(left))
            embed_side(w, i - 1, -1, 0, left)
        while c >= 0:
            take_steps(w, 1)
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
    return 0
