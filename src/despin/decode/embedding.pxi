# Context embeddings: does a word fit the words around, up to 15 on either side? Part of _decode.pyx.

cdef enum:
    NEAR = 5       # places with a weight of their own, on either side
    FAR = 15       # the places after them share one weight

cdef extern from *:
    """
    #define DESPIN_LANES 16
    /* The words on one side of a phrase: those near are weighted by their places, the others share a weight. */
    typedef struct {
        int n_near, n_far;
        const signed char *near[16], *far[16];
        const float *place[16];
        float near_scale[16], far_scale[16];
    } despin_side;

    /* Plain loops: the specification of the vector code below, dimension by dimension in the same order. */
    static void despin_add_side_from(float *total, const despin_side *side, const float *far_place, int k, int n) {
        for (; k < n; k++) {
            float bag = 0;
            for (int i = 0; i < side->n_near; i++)
                total[k] += side->place[i][k] * (side->near_scale[i] * (float)side->near[i][k]);
            for (int i = 0; i < side->n_far; i++) bag += side->far_scale[i] * (float)side->far[i][k];
            total[k] += far_place[k] * bag;
        }
    }
    static float despin_dot_from(const float *lanes, const float *h, const signed char *row, int k, int n) {
        float total = 0;
        for (int j = 0; j < DESPIN_LANES; j++) total += lanes[j];
        for (; k < n; k++) total += h[k] * (float)row[k];
        return total;
    }
    static float despin_dot_plain(const float *h, const signed char *row, int n) {
        float lanes[DESPIN_LANES] = {0};
        int k = 0;
        for (; k + DESPIN_LANES <= n; k += DESPIN_LANES)
            for (int j = 0; j < DESPIN_LANES; j++) lanes[j] += h[k + j] * (float)row[k + j];
        return despin_dot_from(lanes, h, row, k, n);
    }

    #if defined(__x86_64__) && defined(__GNUC__)
    #include <immintrin.h>
    #define DESPIN_AVX2 __attribute__((target("avx2")))
    #define DESPIN_HAS_AVX2 (__builtin_cpu_init(), __builtin_cpu_supports("avx2") != 0)
    DESPIN_AVX2 static inline __m256 despin_load8(const signed char *row) {
        return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)row)));
    }
    DESPIN_AVX2 static void despin_add_side_avx2(float *total, const despin_side *side, const float *far_place, int n) {
        int k = 0;
        for (; k + 16 <= n; k += 16) {
            __m256 s0 = _mm256_loadu_ps(total + k), s1 = _mm256_loadu_ps(total + k + 8);
            __m256 b0 = _mm256_setzero_ps(), b1 = _mm256_setzero_ps();
            for (int i = 0; i < side->n_near; i++) {
                const __m256 scale = _mm256_set1_ps(side->near_scale[i]);
                const signed char *row = side->near[i] + k;
                const float *place = side->place[i] + k;
                s0 = _mm256_add_ps(s0, _mm256_mul_ps(_mm256_loadu_ps(place), _mm256_mul_ps(scale, despin_load8(row))));
                s1 = _mm256_add_ps(
                    s1, _mm256_mul_ps(_mm256_loadu_ps(place + 8), _mm256_mul_ps(scale, despin_load8(row + 8))));
            }
            for (int i = 0; i < side->n_far; i++) {
                const __m256 scale = _mm256_set1_ps(side->far_scale[i]);
                b0 = _mm256_add_ps(b0, _mm256_mul_ps(scale, despin_load8(side->far[i] + k)));
                b1 = _mm256_add_ps(b1, _mm256_mul_ps(scale, despin_load8(side->far[i] + k + 8)));
            }
            _mm256_storeu_ps(total + k, _mm256_add_ps(s0, _mm256_mul_ps(_mm256_loadu_ps(far_place + k), b0)));
            _mm256_storeu_ps(total + k + 8, _mm256_add_ps(s1, _mm256_mul_ps(_mm256_loadu_ps(far_place + k + 8), b1)));
        }
        despin_add_side_from(total, side, far_place, k, n);
    }
    DESPIN_AVX2 static float despin_dot_avx2(const float *h, const signed char *row, int n) {
        __m256 l0 = _mm256_setzero_ps(), l1 = _mm256_setzero_ps();
        float lanes[DESPIN_LANES];
        int k = 0;
        for (; k + DESPIN_LANES <= n; k += DESPIN_LANES) {
            l0 = _mm256_add_ps(l0, _mm256_mul_ps(_mm256_loadu_ps(h + k), despin_load8(row + k)));
            l1 = _mm256_add_ps(l1, _mm256_mul_ps(_mm256_loadu_ps(h + k + 8), despin_load8(row + k + 8)));
        }
        _mm256_storeu_ps(lanes, l0);
        _mm256_storeu_ps(lanes + 8, l1);
        return despin_dot_from(lanes, h, row, k, n);
    }
    #else
    #define DESPIN_HAS_AVX2 0
    #define despin_add_side_avx2(total, side, far_place, n) despin_add_side_from(total, side, far_place, 0, n)
    #define despin_dot_avx2 despin_dot_plain
    #endif

    static int despin_vectors = 0; /* chosen when the module is loaded, see use_vectors() */
    static inline void despin_add_side(float *total, const despin_side *side, const float *far_place, int n) {
        if (despin_vectors) despin_add_side_avx2(total, side, far_place, n);
        else despin_add_side_from(total, side, far_place, 0, n);
    }
    static inline float despin_dot(const float *h, const signed char *row, int n) {
        return despin_vectors ? despin_dot_avx2(h, row, n) : despin_dot_plain(h, row, n);
    }
    """
    const int HAS_AVX2 "DESPIN_HAS_AVX2"
    int vectors "despin_vectors"
    ctypedef struct Side "despin_side":
        int n_near, n_far
        const signed char* near[16]
        const signed char* far[16]
        const float* place[16]
        float near_scale[16]
        float far_scale[16]
    void add_side "despin_add_side"(float* total, const Side* side, const float* far_place, int n) noexcept nogil
    float dot "despin_dot"(const float* h, const signed char* row, int n) noexcept nogil


def use_vectors(bint wanted):
    """Whether vector instructions are used from now on, where the processor has them: the results are the same."""
    global vectors
    vectors = wanted and HAS_AVX2
    return bool(vectors)

use_vectors(True)


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


cdef int embed_at(Work* w, Py_ssize_t i, int32_t since) except -1 nogil:
    """The topical gain of the candidates from number `since` on that begin at token i: how much better an original
    fits the surroundings than what is written."""
    cdef Py_ssize_t n = 0, k
    cdef int32_t c = w.first[i]
    cdef double kept = 0, new
    cdef float left[MAX_DIM]
    cdef float h[MAX_DIM]
    cdef int32_t ids[MAX_PHRASE]
    if w.m.dim == 0:
        return 0
    take_steps(w, 20)
    while c >= since:  # memory works while the surroundings are added up
        if w.cands[c].h.n_target and w.cands[c].target[0] < w.m.n_embedded:
            fetch(w.m.output + <Py_ssize_t>w.cands[c].target[0] * w.m.dim)
            fetch(w.m.output + <Py_ssize_t>w.cands[c].target[0] * w.m.dim + 64)
        c = w.cands[c].next
    c = w.first[i]
    memset(left, 0, sizeof(left))
    embed_side(w, i - 1, -1, 0, left)
    while c >= since:
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
