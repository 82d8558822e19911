# Gradient-boosted trees over many edits at a time. Part of _decode.pyx.
#
# After QuickScorer (Lucchese et al. 2015): a tree is a list of forks, each with the leaves that are out of reach if it is
# not passed on the left, and the leaf of an edit is the first that no fork has put out of reach. No way down depends on
# the one before, so sixteen edits go through a fork at once. Features are replaced by their ranks among the
# thresholds: x <= t holds exactly when no more thresholds lie below x than below t.

cdef enum:
    ABREAST = 16       # edits at a time
    MAX_RANKS = 0x7FFE

cdef extern from *:
    """
    typedef struct {
        int16_t rank;      /* of the threshold */
        uint16_t feature;
        uint32_t right;    /* the leaves that stay in reach on the right */
    } despin_fork;

    static inline void despin_leaves_of(const despin_fork *fork, int n, const int32_t (*ranks)[16], uint32_t *reach) {
        uint32_t left[16];
        for (int j = 0; j < 16; j++) left[j] = 0xFFFFFFFF;
        for (; n > 0; n--, fork++) {
            const int32_t *x = ranks[fork->feature];
            for (int j = 0; j < 16; j++) left[j] &= fork->right | -(uint32_t)(x[j] <= fork->rank);
        }
        for (int j = 0; j < 16; j++) reach[j] = left[j];
    }
    static inline int despin_first(uint32_t bits) {
    #if defined(__GNUC__)
        return __builtin_ctz(bits);
    #else
        int at = 0;
        for (; !(bits >> at & 1); at++) {}
        return at;
    #endif
    }
    #if defined(__x86_64__) && defined(__GNUC__)
    DESPIN_AVX2 static void despin_leaves_avx2(const despin_fork *fork, int n, const int32_t (*ranks)[16], uint32_t *reach) {
        __m256i low = _mm256_set1_epi32(-1), high = low;
        for (; n > 0; n--, fork++) {
            const __m256i *x = (const __m256i *)ranks[fork->feature];
            const __m256i rank = _mm256_set1_epi32(fork->rank), right = _mm256_set1_epi32((int)fork->right);
            const __m256i low_passed = _mm256_cmpgt_epi32(_mm256_loadu_si256(x), rank);
            const __m256i high_passed = _mm256_cmpgt_epi32(_mm256_loadu_si256(x + 1), rank);
            low = _mm256_andnot_si256(_mm256_andnot_si256(right, low_passed), low);
            high = _mm256_andnot_si256(_mm256_andnot_si256(right, high_passed), high);
        }
        _mm256_storeu_si256((__m256i *)reach, low);
        _mm256_storeu_si256((__m256i *)reach + 1, high);
    }
    #else
    #define despin_leaves_avx2 despin_leaves_of
    #endif
    static inline void despin_leaves(const despin_fork *fork, int n, const int32_t (*ranks)[16], uint32_t *reach) {
        if (despin_vectors) despin_leaves_avx2(fork, n, ranks, reach);
        else despin_leaves_of(fork, n, ranks, reach);
    }
    """
    void leaves_in_reach "despin_leaves"(const Fork* fork, int n, int32_t (*ranks)[ABREAST], uint32_t* reach) noexcept nogil
    int first_of "despin_first"(uint32_t bits) noexcept nogil


cdef inline int32_t rank_of(const Ranked* r, int feature, double x) noexcept nogil:
    """How many thresholds of a feature lie below x. What is no number lies above them all, as it is never <= one."""
    cdef const double* begin = r.thresholds + r.first[feature]
    cdef const double* at = begin
    cdef Py_ssize_t n = r.first[feature + 1] - r.first[feature], half
    while n > 1:  # without a branch, which could not be foretold
        half = n >> 1
        at += half * (not x <= at[half - 1])
        n -= half
    return <int32_t>(at - begin) + (n == 1 and not x <= at[0])


cdef int list_forks(Ranked* r, const Branch* branches, int32_t at, double* leaves, int n_leaves) noexcept nogil:
    """Append the forks from a branch on; gives how many leaves of the tree there are now, from left to right."""
    cdef const Branch* b = &branches[at]
    cdef Fork* fork
    cdef int left_leaves
    if b.feature < 0:
        leaves[n_leaves] = b.value
        return n_leaves + 1
    fork = &r.forks[r.n_forks]
    r.n_forks += 1
    fork.feature = <uint16_t>b.feature
    fork.rank = <int16_t>rank_of(r, b.feature, b.value)
    left_leaves = list_forks(r, branches, at + 1, leaves, n_leaves)
    fork.right = <uint32_t>~(((<uint64_t>1 << left_leaves) - 1) ^ ((<uint64_t>1 << n_leaves) - 1))
    return list_forks(r, branches, at + b.right, leaves, left_leaves)


cdef class RankedTrees:
    """The model's trees as lists of forks, made when they are first asked for."""
    cdef Ranked ranked

    def __cinit__(self, Model model not None):
        cdef const Tables* m = &model.tables
        cdef Py_ssize_t n = model.length("trees.branches", sizeof(Branch)), i
        cdef Py_ssize_t n_trees = m.opinion.n + m.text.n + m.edit.n
        cdef const int32_t* roots = m.opinion.roots  # those of the other forests follow
        cdef Ranked* r = &self.ranked
        cdef list thresholds = [set() for _ in range(N_FEATURES)]
        cdef int k
        for i in range(n):
            if m.branches[i].feature >= 0:
                thresholds[m.branches[i].feature].add(m.branches[i].value)
        r.roots = roots
        r.thresholds = <double*>malloc((n + 1) * sizeof(double))
        r.forks = <Fork*>malloc((n_trees * LEAVES + 1) * sizeof(Fork))
        r.first_fork = <int32_t*>malloc((n_trees + 1) * sizeof(int32_t))
        r.leaves = <double*>malloc((n_trees * LEAVES + 1) * sizeof(double))
        if r.thresholds == NULL or r.forks == NULL or r.first_fork == NULL or r.leaves == NULL:
            raise MemoryError("despin: no memory for the trees of the model")
        i = 0
        for k in range(N_FEATURES):
            r.first[k] = <int32_t>i
            for value in sorted(thresholds[k]):
                r.thresholds[i] = value
                i += 1
            if i - r.first[k] > MAX_RANKS:
                raise model.damaged("trees.branches", f"feature {k} has more than {MAX_RANKS} thresholds")
        r.first[N_FEATURES] = <int32_t>i
        r.n_forks = 0
        for i in range(n_trees):
            r.first_fork[i] = r.n_forks
            list_forks(r, m.branches, roots[i], r.leaves + i * LEAVES, 0)
        r.first_fork[n_trees] = r.n_forks

    def __dealloc__(self):
        free(self.ranked.thresholds)
        free(self.ranked.forks)
        free(self.ranked.first_fork)
        free(self.ranked.leaves)


cdef int tree_scores(Work* w, const Forest* forest, double* scores) except -1 nogil:
    """Log odds of the edits found, by a forest."""
    cdef const Ranked* r = w.ranked
    cdef const double* f = w.found
    cdef int32_t ranks[N_FEATURES][ABREAST]
    cdef uint32_t reach[ABREAST]
    cdef Py_ssize_t first = 0, tree, begin = forest.roots - r.roots
    cdef int j, k, width
    memset(ranks, 0, sizeof(ranks))
    while first < w.n_found:
        take_steps(w, forest.n)
        width = <int>min(ABREAST, w.n_found - first)
        for j in range(width):
            scores[first + j] = 0
            for k in range(N_FEATURES):
                ranks[k][j] = rank_of(r, k, f[(first + j) * N_FEATURES + k])
        for tree in range(begin, begin + forest.n):
            leaves_in_reach(
                r.forks + r.first_fork[tree], r.first_fork[tree + 1] - r.first_fork[tree], ranks, reach
            )
            for j in range(width):
                scores[first + j] += r.leaves[tree * LEAVES + first_of(reach[j])]
        first += width
    return 0
