# The memory that inference works in, used again for one text after the other. Part of _decode.pyx.

cdef enum:
    KEPT_ARENAS = 16             # as many as threads work at a time
    KEPT_BYTES = 16 << 20        # larger ones go back: one giant text must not hold its memory for ever

cdef int make_room(void** array, Py_ssize_t* room, Py_ssize_t wanted, size_t size) except -1 nogil:
    """An array of at least so many items; what it held is lost if it has to grow."""
    if wanted <= room[0]:
        return 0
    free(array[0])
    array[0] = malloc(wanted * size)
    room[0] = wanted
    if array[0] == NULL:
        room[0] = 0
        with gil:
            raise MemoryError("despin: no memory for this text")
    return 0


cdef int room_for_tokens(Work* w) except -1 nogil:
    """Arrays as long as the text, and a little longer where the lattice looks ahead."""
    cdef Py_ssize_t n = w.tokens.n + MAX_PHRASE + 1
    cdef Py_ssize_t room[5]
    if n <= w.room_tokens:
        return 0
    w.room_tokens = 0
    memset(room, 0, sizeof(room))
    make_room(<void**>&w.first, &room[0], n, sizeof(int32_t))
    make_room(<void**>&w.chosen, &room[1], n, sizeof(int32_t))
    make_room(<void**>&w.at, &room[2], n, sizeof(int32_t))
    make_room(<void**>&w.edits_before, &room[3], n, sizeof(int32_t))
    make_room(<void**>&w.following, &room[4], 2 * n, sizeof(int32_t))
    w.room_tokens = n
    return 0


cdef Py_ssize_t bytes_held(const Work* w) noexcept nogil:
    """Memory of an arena, but for what is small."""
    return (
        (w.tokens.room * sizeof(Token)) + w.room_cands * sizeof(Candidate)
        + 6 * w.room_tokens * sizeof(int32_t) + w.room_states * sizeof(State) + w.room_arcs * sizeof(Arc)
        + w.room_protected * sizeof(Stretch) + w.room_damage * sizeof(Damage) + w.room_index * sizeof(int32_t) + w.room_tally * sizeof(int64_t)
        + w.room_found * sizeof(double) + w.room_places * N_FAMILIES * sizeof(double) + w.room_ratios * sizeof(double) + w.room_phrases * sizeof(uint64_t)
    )


cdef class Arena:
    """One text's work at a time. The n-grams remembered stay true from text to text: they depend on the model alone."""
    cdef Work work

    def __cinit__(self):
        memset(&self.work, 0, sizeof(Work))
        self.work.memo = <Remembered*>malloc(MEMO * sizeof(Remembered))
        if self.work.memo == NULL:
            raise MemoryError("despin: no memory for the language model")
        memset(self.work.memo, 255, MEMO * sizeof(Remembered))

    def __dealloc__(self):
        cdef Work* w = &self.work
        free(w.tokens.at)
        free(w.protected)
        free(w.damage)
        free(w.cands)
        free(w.first)
        free(w.chosen)
        free(w.tally)
        free(w.edits_before)
        free(w.following)
        free(w.found)
        free(w.places)
        free(w.phrases)
        free(w.ratios)
        free(w.at)
        free(w.states)
        free(w.index)
        free(w.memo)
        free(w.arcs)
