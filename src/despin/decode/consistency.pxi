# Consistency in the document: what is restored once is likelier elsewhere. Part of _decode.pyx.

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
    return (<uint32_t>1 << 30) | (<uint32_t>c.row << 1) | <uint32_t>c.own


cdef inline uint32_t restored_key(int32_t word) noexcept nogil:
    return (<uint32_t>1 << 29) | <uint32_t>word


cdef int take_tally(Work* w) except -1 nogil:
    """Count kept words and chosen readings: a spinner has one substitute for a word, throughout."""
    cdef Py_ssize_t size = 16, i = 0, skip
    while size < 4 * w.tokens.n:
        size *= 2
    w.tally_mask = <uint32_t>(size - 1)
    make_room(<void**>&w.tally, &w.room_tally, size, sizeof(int64_t))
    memset(w.tally, 0, size * sizeof(int64_t))
    while i < w.tokens.n:
        take_steps(w, 1)
        if w.chosen[i] >= 0:
            count(w, reading_key(&w.cands[w.chosen[i]]))
            if w.cands[w.chosen[i]].h.n_target == 1:
                count(w, restored_key(w.cands[w.chosen[i]].target[0]))
            i += w.cands[w.chosen[i]].n
        else:
            count(w, <uint32_t>w.tokens.at[i].id)
            i += 1
    return 0


cdef int recall(Work* w, Py_ssize_t since) except -1 nogil:
    """Make words likelier that the document has restored elsewhere (a cache, Kuhn and De Mori 1990), for the candidates
    from a number on, and decode again where these are."""
    cdef Py_ssize_t i
    cdef Candidate* c
    cdef bint same
    for i in range(since, w.n_cands):
        take_steps(w, 1)
        c = &w.cands[i]
        if c.h.n_target == 1:
            # what is restored here is no evidence for itself
            same = w.chosen[c.start] >= 0 and w.cands[w.chosen[c.start]].target[0] == c.target[0] and (
                w.cands[w.chosen[c.start]].h.n_target == 1
            )
            c.weight += w.cache * min(2.0, log1p(counted(w, restored_key(c.target[0])) - same))
    decode(w, True, since)
    return take_tally(w)
