# What the loops of the core rely on in a model's tables, looked at once when it is opened. Part of _model.pyx.
# Checksums tell that a file is as it was written; this tells that what was written cannot lead a loop astray.

cdef Py_ssize_t wrong_float(const float* at, Py_ssize_t n, float least, float most) noexcept nogil:
    """The first that is outside its range or no number, -1 if there is none."""
    cdef Py_ssize_t i
    for i in range(n):
        if not (least <= at[i] <= most):
            return i
    return -1


cdef Py_ssize_t wrong_id(const int32_t* at, Py_ssize_t n, int64_t limit) noexcept nogil:
    """The first that is not at least 0 and below the limit, -1 if there is none."""
    cdef Py_ssize_t i
    for i in range(n):
        if not (0 <= at[i] < limit):
            return i
    return -1


cdef Py_ssize_t wrong_offset(const uint32_t* at, Py_ssize_t n, Py_ssize_t end, const uint8_t* text) noexcept nogil:
    """The first of n that does not follow the one before, or is inside a character; they go from 0 to the end."""
    cdef Py_ssize_t i
    cdef uint32_t before = 0
    if at[0] != 0:
        return 0
    for i in range(n):
        if at[i] < before or at[i] > end or (text != NULL and at[i] < end and inside(text[at[i]])):
            return i
        before = at[i]
    return -1 if before == end else n - 1


cdef inline bint inside(uint8_t byte) noexcept nogil:
    """Does this byte of UTF-8 go on with a character?"""
    return byte & 0xC0 == 0x80


cdef bint flags_are_known(const uint8_t* at, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef uint8_t any = 0
    for i in range(n):
        any |= at[i]
    return any <= W_VOWEL | W_NAME | W_STARTS


cdef inline bint power_of_two(Py_ssize_t n) noexcept nogil:
    return n > 0 and n & (n - 1) == 0 and n <= <Py_ssize_t>1 << 31


cdef bint words_are_there(const WordSlot* at, Py_ssize_t n, Py_ssize_t n_words, int64_t limit) noexcept nogil:
    """Does every look-up of a word end, with an id below the limit, in a table of its size? ("an" has a place too.)"""
    cdef Py_ssize_t i, taken = 0
    for i in range(n):
        if at[i].id >= limit:
            return False
        taken += at[i].id >= 0
    return n > n_words * 4 // 3 and n_words // 2 <= taken <= n_words + 1


cdef bint nodes_are_reached(const Trie* m, Py_ssize_t n_edges, Py_ssize_t n_nodes) noexcept nogil:
    """Does every look-up of an edge end, at a node that is there, and does one edge lead to each node but the root?"""
    cdef Py_ssize_t i, taken = 0, below_root = 0
    for i in range(n_edges):
        if m.edges[i].node >= n_nodes:
            return False
        taken += m.edges[i].node != 0
    for i in range(m.n_roots):
        below_root += m.roots[i] != 0
    return taken < n_edges and taken + below_root == n_nodes - 1


cdef Py_ssize_t wrong_node(const Node* at, Py_ssize_t n, Py_ssize_t n_hypotheses) noexcept nogil:
    """The first whose hypotheses do not follow those of the node before; all together they are all there are."""
    cdef Py_ssize_t i, count = 0
    for i in range(n):
        if at[i].n and at[i].first != count:
            return i
        count += at[i].n
    return -1 if count == n_hypotheses else n - 1


cdef Py_ssize_t wrong_hypothesis(const Trie* m, Py_ssize_t n, const Sizes* sizes, const uint8_t* clauses) noexcept nogil:
    """The first that names an original, a spelling, a condition, a family or a row that is not there.

    All originals and spellings are named by some.
    """
    cdef Py_ssize_t i, surface, end, target_end, last_target = 0, last_surface = 0
    cdef const Hypothesis* h
    for i in range(n):
        h = &m.hyps[i]
        target_end = <Py_ssize_t>(h.hands_target & LOWER) + h.n_target
        if target_end > sizes.targets or h.family_row >> 24 >= N_FAMILIES:
            return i
        if (h.family_row & LOWER) >= sizes.rows or (h.condition and not (h.condition < sizes.conditions and clauses[h.condition])):
            return i
        surface = h.against_surface & LOWER
        end = surface + h.n_surface
        last_surface = max(last_surface, end)
        last_target = max(last_target, target_end)
        if end > sizes.surfaces or (surface < sizes.surfaces and inside(<uint8_t>m.surfaces[surface])):
            return i
        if end < sizes.surfaces and inside(<uint8_t>m.surfaces[end]):
            return i
    return -1 if last_target == sizes.targets and last_surface == sizes.surfaces else n


cdef void mark_clauses(const int32_t* at, Py_ssize_t n, uint8_t* good) noexcept nogil:
    """At which offsets a list of clauses can be read to its end, from the last offset on."""
    cdef Py_ssize_t i
    cdef int64_t after
    for i in range(n - 1, -1, -1):
        good[i] = at[i] == 0
        if at[i] != 0 and i + 2 < n and at[i + 2] >= 0:
            after = i + 3 + <int64_t>at[i + 2]
            good[i] = after < n and good[after]


cdef Py_ssize_t wrong_branch(const Branch* at, Py_ssize_t n, Py_ssize_t n_trees) noexcept nogil:
    """The first whose feature or children are not there; a child stands after its parent, so every way down ends."""
    cdef Py_ssize_t i, ends = 0
    for i in range(n):
        if not (-LARGEST <= at[i].value <= LARGEST) or at[i].feature >= N_FEATURES:
            return i
        if at[i].feature >= 0 and not (at[i].right > 1 and i + at[i].right < n):
            return i
        ends += 1 if at[i].feature < 0 else -1
    return -1 if ends == n_trees else n - 1  # each tree has one leaf more than it has forks


cdef int leaves_of(const Branch* branches, int32_t at, int depth, int n_features) noexcept nogil:
    """How many leaves a tree has; -1: more than LEAVES, or it looks at a feature that there is not."""
    cdef const Branch* b = &branches[at]
    cdef int left, right
    if b.feature < 0:
        return 1
    if depth == LEAVES or b.feature >= n_features:
        return -1
    left = leaves_of(branches, at + 1, depth + 1, n_features)
    right = leaves_of(branches, at + b.right, depth + 1, n_features) if left > 0 else -1
    return left + right if right > 0 and left + right <= LEAVES else -1
