# The lattice: forward-backward and Viterbi over kept tokens and hypotheses. Part of _decode.pyx.

cdef inline double log_add(double x, double y) noexcept nogil:
    if x < y:
        x, y = y, x
    if y < x - 40:  # adds less than rounding does
        return x
    return x + log1p(exp(y - x))


cdef inline uint32_t state_hash(Py_ssize_t position, int32_t a, int32_t b) noexcept nogil:
    cdef uint64_t h = (<uint64_t><uint32_t>a << 32 | <uint32_t>b) * <uint64_t>0x9E3779B97F4A7C15
    h = (h ^ <uint64_t>position) * <uint64_t>0xC2B2AE3D27D4EB4F
    return <uint32_t>(h >> 32)


cdef void index_state(Work* w, int32_t s) noexcept nogil:
    cdef uint32_t i = state_hash(w.states[s].position, w.states[s].a, w.states[s].b) & w.index_mask
    while w.index[i] >= 0:
        i = (i + 1) & w.index_mask
    w.index[i] = s


cdef int grow_index(Work* w) except -1 nogil:
    """Make the table of states at least half empty, with all states of this cluster in it."""
    cdef Py_ssize_t size = 256, k
    while size < 4 * w.n_states + 4:
        size *= 2
    make_room(<void**>&w.index, &w.room_index, size, sizeof(int32_t))
    w.index_mask = <uint32_t>(size - 1)
    memset(w.index, 255, size * sizeof(int32_t))
    for k in range(w.n_states):
        index_state(w, <int32_t>k)
    return 0


cdef int32_t state_at(Work* w, Py_ssize_t position, int32_t a, int32_t b) except -1 nogil:
    """The state (a, b) at a position, made if it is new."""
    cdef uint32_t i = state_hash(position, a, b) & w.index_mask
    cdef int32_t s = w.index[i]
    cdef State* state
    while s >= 0:
        state = &w.states[s]
        if state.a == a and state.b == b and state.position == position:
            return s
        i = (i + 1) & w.index_mask
        s = w.index[i]
    if w.n_states == w.room_states:
        enlarge(<void**>&w.states, &w.room_states, sizeof(State))
    s = <int32_t>w.n_states
    w.n_states += 1
    state = &w.states[s]
    state.a = a
    state.b = b
    state.position = <int32_t>position
    state.next = w.at[position]
    state.best = -INFINITY
    state.forward = -INFINITY
    state.backward = -INFINITY
    state.back = -1
    w.at[position] = s
    w.index[i] = s
    if 2 * w.n_states > w.index_mask:
        grow_index(w)
    return s


cdef int reach(Work* w, Py_ssize_t position, int32_t source, int32_t candidate, double score, int32_t a, int32_t b) except -1 nogil:
    """Add an arc to the state (a, b) at a position, making the state if it is new."""
    cdef int32_t s = state_at(w, position, -1 if b == END else a, b)
    cdef State* state
    cdef double best = w.states[source].best + score
    if w.n_arcs == w.room_arcs:
        enlarge(<void**>&w.arcs, &w.room_arcs, sizeof(Arc))
    take_steps(w, 2)
    w.arcs[w.n_arcs].source = source
    w.arcs[w.n_arcs].target = s
    w.arcs[w.n_arcs].candidate = candidate
    w.arcs[w.n_arcs].score = score
    state = &w.states[s]
    if best > state.best:
        state.best = best
        state.back = <int32_t>w.n_arcs
    if w.soft:
        state.forward = log_add(state.forward, w.states[source].forward + score)
    w.n_arcs += 1
    return 0


cdef void prune(Work* w, Py_ssize_t position) noexcept nogil:
    """Keep the BEAM states that are best reached; of equals those that stand later in the list."""
    cdef int32_t kept[BEAM]
    cdef int32_t s = w.at[position], following
    cdef int32_t* link = &w.at[position]
    cdef int n = 0, k
    cdef double best
    while s >= 0 and n <= BEAM:
        n += 1
        s = w.states[s].next
    if n <= BEAM:
        return
    n = 0
    s = w.at[position]
    while s >= 0:
        best = w.states[s].best
        following = w.states[s].next
        if n < BEAM or best >= w.states[kept[0]].best:
            if n == BEAM:
                w.states[kept[0]].position = PRUNED
                for k in range(1, BEAM):
                    kept[k - 1] = kept[k]
                n -= 1
            k = n
            while k > 0 and w.states[kept[k - 1]].best > best:
                kept[k] = kept[k - 1]
                k -= 1
            kept[k] = s
            n += 1
        else:
            w.states[s].position = PRUNED
        s = following
    while link[0] >= 0:
        if w.states[link[0]].position == PRUNED:
            link[0] = w.states[link[0]].next
        else:
            link = &w.states[link[0]].next


cdef int expand(Work* w, Py_ssize_t base, Py_ssize_t i) except -1 nogil:
    """All arcs that leave the states at token i: keep the token, or put a hypothesis in place of a phrase."""
    cdef int32_t a, b, c, na, nb, s = w.at[i - base]
    cdef int32_t word = w.tokens.at[i].id
    cdef int n
    cdef bint clash = clashes(w, i, word)
    cdef double kept = log1p(-w.rate * w.m.replaceable[word]) if word < w.m.n_words else 0
    cdef double score
    cdef Candidate* cand
    while s >= 0:
        a = w.states[s].a
        b = w.states[s].b
        score = w.lm_scale * remembered(w, a, b, word)
        if word < w.m.n_words:
            score += kept
        if clash:
            score += w.clash
        reach(w, i + 1 - base, s, -1, score, b, word)
        c = w.first[i]
        while c >= 0:
            cand = &w.cands[c]
            na, nb = a, b
            n = cand.h.n_target
            # but for the first two words, it does not matter what stands before
            score = cand.tail
            if n >= 1:
                score += remembered(w, a, b, cand.target[0])
                na = b
                nb = cand.target[0]
            if n >= 2:
                score += remembered(w, b, cand.target[0], cand.target[1])
                na = cand.target[n - 2]
                nb = cand.target[n - 1]
            score *= w.lm_scale
            score += w.channel_scale * cand.weight + w.bias
            reach(w, i + cand.n - base, s, c, score, na, nb)
            c = cand.next
        s = w.states[s].next
    return 0


cdef int decode_cluster(Work* w, Py_ssize_t start, Py_ssize_t stop) except -1 nogil:
    """Viterbi, and with `soft` forward-backward, over the tokens start to stop; outside them every token is kept."""
    cdef Py_ssize_t i
    cdef int32_t s, arc
    cdef State* first
    w.n_states = w.n_arcs = 0
    for i in range(stop - start + 1):
        w.at[i] = -1
    if w.room_states == 0:
        enlarge(<void**>&w.states, &w.room_states, sizeof(State))
    grow_index(w)
    first = &w.states[0]
    first.position = 0
    first.a = id_at(w, start - 2)
    first.b = id_at(w, start - 1)
    if first.b == END:
        first.a = -1
    first.next = -1
    first.back = -1
    first.best = first.forward = 0
    first.backward = -INFINITY
    w.n_states = 1
    w.at[0] = 0
    index_state(w, 0)
    for i in range(start, stop):
        prune(w, i - start)
        expand(w, start, i)
    s = w.at[stop - start]
    arc = s
    while s >= 0:
        if w.states[s].best > w.states[arc].best:
            arc = s
        s = w.states[s].next
    s = arc
    while w.states[s].back >= 0:
        arc = w.states[s].back
        if w.arcs[arc].candidate >= 0:
            w.chosen[w.cands[w.arcs[arc].candidate].start] = w.arcs[arc].candidate
        s = w.arcs[arc].source
    if w.soft:
        share_out(w, w.at[stop - start])
    return 0


cdef int share_out(Work* w, int32_t s) except -1 nogil:
    """Posteriors of a cluster's candidates; `s`: the first of the states in which it ends."""
    cdef Py_ssize_t i
    cdef double total = -INFINITY
    cdef State* first
    while s >= 0:
        w.states[s].backward = 0
        total = log_add(total, w.states[s].forward)
        s = w.states[s].next
    for i in range(w.n_arcs - 1, -1, -1):
        if w.states[w.arcs[i].target].backward == -INFINITY:
            continue
        take_steps(w, 1)
        first = &w.states[w.arcs[i].source]
        first.backward = log_add(first.backward, w.states[w.arcs[i].target].backward + w.arcs[i].score)
        if w.arcs[i].candidate >= 0:
            w.cands[w.arcs[i].candidate].posterior += exp(
                first.forward + w.arcs[i].score + w.states[w.arcs[i].target].backward - total
            )
    return 0


cdef int weigh(Work* w, Py_ssize_t since) except -1 nogil:
    """log (r P(s|o)) of the candidates from a number on, with the document's rate and families; the words that need no
    context."""
    cdef Py_ssize_t i
    cdef double log_rate = log(w.rate)
    cdef double share[N_FAMILIES]
    cdef Candidate* c
    cdef int32_t a, b
    cdef int order = 0
    for i in range(N_FAMILIES):
        share[i] = log(w.family[i])
    for i in range(since, w.n_cands):
        c = &w.cands[i]
        take_steps(w, 1)
        c.weight = log_rate + prior(w, c)
        if not c.own:
            c.weight += share[c.family]
        if c.h.n_target > 2:
            a = c.target[0]
            b = c.target[1]
            c.tail = run(w, &a, &b, c.target + 2, c.h.n_target - 2, &order)
    return 0


cdef enum:
    LONGEST = 2048     # tokens of a cluster; no prose comes near, and a text of candidates alone fits into memory

cdef int decode(Work* w, bint soft, Py_ssize_t since) except -1 nogil:
    """Decode the runs of tokens around candidates; two kept tokens in between make runs independent, exactly.

    A run that is too long is cut between two phrases. `soft`: find posteriors too, not only the best path. Only runs with
    a candidate from number `since` on are decoded, what was found of the others stays.
    """
    cdef Py_ssize_t i = 0, start, stop, n = w.tokens.n
    cdef int32_t c
    cdef bint wanted
    w.soft = soft
    if since == 0:
        memset(w.chosen, 255, (n + 1) * sizeof(int32_t))
    while i < n:
        if w.first[i] < 0:
            i += 1
            continue
        start = i
        stop = i
        wanted = since == 0
        while i < n and i < stop + 3 and (i < stop or i < start + LONGEST):
            c = w.first[i]
            wanted |= c >= since
            while c >= 0:
                stop = max(stop, i + w.cands[c].n)
                c = w.cands[c].next
            i += 1
        stop = i if i >= start + LONGEST and i >= stop else min(stop + 2, n)
        if wanted:
            forget(w, start, stop)
            decode_cluster(w, start, stop)
        i = max(i, stop)
    return 0


cdef void forget(Work* w, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """What was found of a run."""
    cdef Py_ssize_t i
    cdef int32_t c
    for i in range(start, stop):
        w.chosen[i] = -1
        c = w.first[i]
        while c >= 0:
            w.cands[c].posterior = 0
            c = w.cands[c].next
