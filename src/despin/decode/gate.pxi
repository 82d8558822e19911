# The first look: can a text be spun at all? From its words alone; no candidates, no language model. Part of _decode.pyx.

cdef enum:
    GATE_BATCH = 256   # tokens looked up together
    GATE_OWN = 127     # the weight of a word with which a phrase of the user's rows begins: the greatest there is
    N_GATE = 3

cdef struct Glance:
    const void* data   # of the text, where several are looked at
    Py_ssize_t length
    int kind
    int64_t n          # tokens
    int64_t total      # of their weights, in 32nds: whole numbers, so the same in any order


cdef inline int32_t gate_weight(const Tables* m, uint64_t h) noexcept nogil:
    cdef uint64_t i = h & m.words_mask
    cdef uint32_t wanted = <uint32_t>(h >> 32) | 0x100
    while m.weights[i]:
        if (m.weights[i] ^ wanted) < 0x100:
            return <signed char>(m.weights[i] & 0xFF)
        i = (i + 1) & m.words_mask
    return 0


cdef inline int32_t own_weight(const Tables* m, const Tables* own, uint64_t h) noexcept nogil:
    cdef int32_t k = word_id(m, h)
    if k < 0:
        k = word_id(own, h)
    if 0 <= k < <int32_t>own.trie.n_roots and own.trie.roots[k]:
        return GATE_OWN
    return m.gate[k] if 0 <= k < m.n_words else 0


cdef int glance(const Tables* m, const Tables* own, int kind, const void* data, Py_ssize_t n, Glance* out) except -1 nogil:
    """Add up the weights of a text's words, a batch at a time: constant memory, linear time."""
    cdef Token batch[GATE_BATCH]
    cdef Tokens tokens
    cdef Scanner scanner
    cdef Py_ssize_t i, since = 0
    cdef int64_t total = 0
    tokens.at = batch
    tokens.room = GATE_BATCH
    out.n = 0
    begin_scan(&scanner)
    while scanner.at < n:
        tokens.n = 0
        scan_some(&tokens, &scanner, kind, data, n, GATE_BATCH)
        for i in range(tokens.n):
            fetch(&m.weights[batch[i].hash & m.words_mask])
        if own != NULL:
            for i in range(tokens.n):
                total += own_weight(m, own, batch[i].hash)
        else:
            for i in range(tokens.n):
                total += gate_weight(m, batch[i].hash)
        out.n += tokens.n
        since += tokens.n
        if since >= A_WHILE:
            since = 0
            answer_signals()
    out.total = total
    return 0


cdef void gate_features(const Glance* g, double* f) noexcept nogil:
    """Names: learn/features.py."""
    cdef double n = max(60, g.n)
    f[0] = 1
    f[1] = log(n) - 5
    f[2] = 10 * (g.total / 32.0) / n
