# A text that is worth reading is decoded, and once more around its damaged phrases. Part of _decode.pyx.

cdef int read(Work* w) except -1 nogil:
    """Decode, and describe the edits on the decoded path."""
    weigh(w, 0)
    decode(w, False, 0)
    take_tally(w)
    recall(w, 0)
    describe(w)
    w.read = True
    return 0


cdef int add_damaged(Work* w) except -1 nogil:
    """Take in candidates for the damaged phrases, and decode once more where there are any."""
    cdef Py_ssize_t i, before = w.n_cands
    cdef int32_t since, older
    cdef const Damage* d
    for i in range(w.n_damage):
        d = &w.damage[i]
        take_steps(w, 20)
        if not open_to_edits(w, d.first, d.n):
            continue
        since = <int32_t>w.n_cands
        older = w.first[d.first]
        add_node(w, d.trie, d.node, d.first, d.n, d.price, d.own)
        if w.n_cands > since:
            embed_at(w, d.first, since)
            judge_at(w, d.first, since)
            keep_promising(w, d.first, since, older)
    if w.n_cands > before:
        weigh(w, before)
        recall(w, before)
        describe(w)
    return 0
