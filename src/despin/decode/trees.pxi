# Gradient-boosted trees over many edits at a time. Part of _decode.pyx.
#
# A threshold is compared with again and again, so features are replaced by their ranks among the thresholds: x <= t
# holds exactly when no more thresholds lie below x than below t. A step down a tree then reads 12 bytes.

cdef enum:
    ABREAST = 8        # edits that go down a tree side by side: memory answers one while it is asked for the next
    MAX_RANKS = 0xFFFE


cdef inline int32_t rank_of(const Ranked* r, int feature, double x) noexcept nogil:
    """How many thresholds of a feature lie below x. What is no number lies above them all, as it is never <= one."""
    cdef int32_t low = r.first[feature], high = r.first[feature + 1], middle
    while low < high:
        middle = (low + high) >> 1
        if not x <= r.thresholds[middle]:
            low = middle + 1
        else:
            high = middle
    return low - r.first[feature]


cdef class RankedTrees:
    """The model's trees in ranks, made when they are first asked for."""
    cdef Ranked ranked

    def __cinit__(self, Model model not None):
        cdef const Tables* m = &model.tables
        cdef Py_ssize_t n = model.length("trees.branches", sizeof(Branch)), i
        cdef Ranked* r = &self.ranked
        cdef const Branch* b
        cdef list thresholds = [set() for _ in range(N_FEATURES)]
        cdef int k
        for i in range(n):
            b = &m.branches[i]
            if b.feature >= 0:
                thresholds[b.feature].add(b.value)
        r.twigs = <Twig*>malloc((n + 1) * sizeof(Twig))
        r.thresholds = <double*>malloc((n + 1) * sizeof(double))
        if r.twigs == NULL or r.thresholds == NULL:
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
        for i in range(n):
            b = &m.branches[i]
            if b.feature >= 0:
                r.twigs[i].feature = <uint16_t>b.feature
                r.twigs[i].rank = <uint16_t>rank_of(r, b.feature, b.value)
                r.twigs[i].child[0] = b.left
                r.twigs[i].child[1] = b.right
            else:
                r.twigs[i].feature = 0
                r.twigs[i].rank = 0xFFFF
                r.twigs[i].child[0] = r.twigs[i].child[1] = <int32_t>i

    def __dealloc__(self):
        free(self.ranked.twigs)
        free(self.ranked.thresholds)


cdef int tree_scores(Work* w, const Forest* forest, double* scores) except -1 nogil:
    """Log odds of the edits found, by a forest."""
    cdef const Ranked* r = w.ranked
    cdef const double* f = w.found
    cdef uint16_t ranks[ABREAST][N_FEATURES]
    cdef int32_t at[ABREAST]
    cdef int32_t to, moved
    cdef const Twig* twig
    cdef Py_ssize_t first = 0
    cdef int32_t t
    cdef int j, k, width
    memset(ranks, 0, sizeof(ranks))
    while first < w.n_found:
        take_steps(w, forest.n)
        width = <int>min(ABREAST, w.n_found - first)
        for j in range(width):
            scores[first + j] = 0
            for k in range(N_FEATURES):
                ranks[j][k] = <uint16_t>rank_of(r, k, f[(first + j) * N_FEATURES + k])
        for t in range(forest.n):
            for j in range(ABREAST):
                at[j] = forest.roots[t]
            moved = 1
            while moved:
                moved = 0
                for j in range(ABREAST):
                    twig = &r.twigs[at[j]]
                    to = twig.child[ranks[j][twig.feature] > twig.rank]
                    moved |= to ^ at[j]
                    at[j] = to
            for j in range(width):
                scores[first + j] += w.m.branches[at[j]].value
        first += width
    return 0
