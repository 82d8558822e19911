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
    #define DESPIN_WORDS 16
    /* The words on one side of a phrase: those near are weighted by their places, the others share a weight. */
    typedef struct {
        int n_near, n_far;
        const signed char *near[DESPIN_WORDS], *far[DESPIN_WORDS];
        const float *place[DESPIN_WORDS];
        float near_scale[DESPIN_WORDS], far_scale[DESPIN_WORDS];
    } despin_side;
    DESPIN_CLONES static void despin_add_side(float *restrict total, const despin_side *side, const float *far_place, int n) {
        int k = 0;
        for (; k + DESPIN_LANES <= n; k += DESPIN_LANES) {
            float sum[DESPIN_LANES], bag[DESPIN_LANES] = {0};
            for (int j = 0; j < DESPIN_LANES; j++) sum[j] = total[k + j];
            for (int i = 0; i < side->n_near; i++) {
                const signed char *row = side->near[i] + k;
                const float *place = side->place[i] + k, scale = side->near_scale[i];
                for (int j = 0; j < DESPIN_LANES; j++) sum[j] += place[j] * (scale * (float)row[j]);
            }
            for (int i = 0; i < side->n_far; i++) {
                const signed char *row = side->far[i] + k;
                const float scale = side->far_scale[i];
                for (int j = 0; j < DESPIN_LANES; j++) bag[j] += scale * (float)row[j];
            }
            for (int j = 0; j < DESPIN_LANES; j++) total[k + j] = sum[j] + far_place[k + j] * bag[j];
        }
        for (; k < n; k++) {
            float bag = 0;
            for (int i = 0; i < side->n_near; i++)
                total[k] += side->place[i][k] * (side->near_scale[i] * (float)side->near[i][k]);
            for (int i = 0; i < side->n_far; i++) bag += side->far_scale[i] * (float)side->far[i][k];
            total[k] += far_place[k] * bag;
        }
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
    ctypedef struct Side "despin_side":
        int n_near, n_far
        const signed char* near[16]
        const signed char* far[16]
        const float* place[16]
        float near_scale[16]
        float far_scale[16]
    void add_side "despin_add_side"(float* total, const Side* side, const float* far_place, int n) noexcept nogil
    float dot "despin_dot"(const float* h, const signed char* row, int n) noexcept nogil


cdef void embed_side(const Work* w, Py_ssize_t at, int step, int side, float* h) noexcept nogil:
    """Add the words on one side of a phrase; `at` is the nearest."""
    cdef const Tables* m = w.m
    cdef int d
    cdef int32_t word
    cdef const signed char* row
    cdef Side words
    words.n_near = words.n_far = 0
    for d in range(FAR):
        word = id_at(w, at) if -1 <= at <= w.tokens.n else UNK
        at += step
        if word < 0 or word >= m.n_embedded:
            continue
        row = m.context + <Py_ssize_t>word * m.dim
        if d < NEAR:
            words.near[words.n_near] = row
            words.near_scale[words.n_near] = m.context_scale[word]
            words.place[words.n_near] = m.place + (side * NEAR + d) * m.dim
            words.n_near += 1
        elif m.far[word] > 0.02:
            words.far[words.n_far] = row
            words.far_scale[words.n_far] = m.far[word] * m.context_scale[word]
            words.n_far += 1
    add_side(h, &words, m.place + (2 * NEAR + side) * m.dim, m.dim)


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


cdef void embed_candidates(Work* w, int32_t since) noexcept nogil:
    """The topical gain of every candidate from number `since` on: how much better its original fits the surroundings
    than what is written."""
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
        if c >= since:
            memset(left, 0, sizeof(left))
            embed_side(w, i - 1, -1, 0, left)
        while c >= since:
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
