# The lattice: forward-backward and Viterbi over kept tokens and hypotheses. Part of _decode.pyx.

cdef inline double log_add(double x, double y) noexcept nogil:
    if x < y:
        x, y = y, x
    if y == -INFINITY:
        return x
    return x + log1p(exp(y - x))


cdef int reach(Work* w, Py_ssize_t position, int32_t source, int32_t candidate, double score, int32_t a, int32_t b) except -1 nogil:
    """Add an arc to the state (a, b) at a position, making the state if it is new."""
    cdef int32_t s = w.at[position]
    cdef State* state
    cdef double best = w.states[source].best + score
    if b == END:
        a = -1
    while s >= 0 and not (w.states[s].a == a and w.states[s].b == b):
        s = w.states[s].next
    if s < 0:
        if w.n_states == w.room_states:
            enlarge(<void**>&w.states, &w.room_states, sizeof(State))
        s = <int32_t>w.n_states
        w.n_states += 1
        state = &w.states[s]
        state.a = a
        state.b = b
        state.next = w.at[position]
        state.best = -INFINITY
        state.forward = -INFINITY
        state.backward = -INFINITY
        state.back = -1
        w.at[position] = s
    if w.n_arcs == w.room_arcs:
        enlarge(<void**>&w.arcs, &w.room_arcs, sizeof(Arc))
    w.arcs[w.n_arcs].source = source
    w.arcs[w.n_arcs].target = s
    w.arcs[w.n_arcs].candidate = candidate
    w.arcs[w.n_arcs].score = score
    state = &w.states[s]
    if best > state.best:
        state.best = best
        state.back = <int32_t>w.n_arcs
    state.forward = log_add(state.forward, w.states[source].forward + score)
    w.n_arcs += 1
    return 0


cdef void prune(Work* w, Py_ssize_t position) noexcept nogil:
    """Keep the BEAM states that are best reached."""
    cdef int32_t s = w.at[position], previous, worst, before_worst
    cdef int n = 0
    while s >= 0:
        n += 1
        s = w.states[s].next
    while n > BEAM:
        worst = w.at[position]
        before_worst = -1
        previous = worst
        s = w.states[worst].next
        while s >= 0:
            if w.states[s].best < w.states[worst].best:
                worst = s
                before_worst = previous
            previous = s
            s = w.states[s].next
        if before_worst < 0:
            w.at[position] = w.states[worst].next
        else:
            w.states[before_worst].next = w.states[worst].next
        n -= 1


cdef int expand(Work* w, Py_ssize_t base, Py_ssize_t i, int32_t s) except -1 nogil:
    """All arcs that leave a state at token i: keep the token, or put a hypothesis in place of a phrase."""
    cdef int32_t a = w.states[s].a, b = w.states[s].b, c, na, nb
    cdef int32_t word = w.tokens.at[i].id
    cdef int order = 0
    cdef double score = w.lm_scale * lm_logp(w.m, a, b, word, &order)
    cdef Candidate* cand
    if word < w.m.n_words:
        score += log1p(-w.rate * w.m.replaceable[word])
    if clashes(w, i, word):
        score += w.clash
    reach(w, i + 1 - base, s, -1, score, b, word)
    c = w.first[i]
    while c >= 0:
        cand = &w.cands[c]
        na, nb = a, b
        score = w.lm_scale * run(w, &na, &nb, cand.target, cand.h.n_target, &order)
        score += w.channel_scale * cand.weight + w.bias
        reach(w, i + cand.n - base, s, c, score, na, nb)
        c = cand.next
    return 0


cdef int decode_cluster(Work* w, Py_ssize_t start, Py_ssize_t stop) except -1 nogil:
    """Forward-backward and Viterbi over the tokens start to stop; outside them every token is kept."""
    cdef Py_ssize_t i
    cdef int32_t s, arc
    cdef double total
    cdef State* first
    w.n_states = w.n_arcs = 0
    for i in range(stop - start + 1):
        w.at[i] = -1
    if w.room_states == 0:
        enlarge(<void**>&w.states, &w.room_states, sizeof(State))
    first = &w.states[0]
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
    for i in range(start, stop):
        prune(w, i - start)
        s = w.at[i - start]
        while s >= 0:
            expand(w, start, i, s)
            s = w.states[s].next
    s = w.at[stop - start]
    arc = s
    total = -INFINITY
    while s >= 0:
        w.states[s].backward = 0
        total = log_add(total, w.states[s].forward)
        if w.states[s].best > w.states[arc].best:
            arc = s
        s = w.states[s].next
    s = arc
    while w.states[s].back >= 0:
        arc = w.states[s].back
        if w.arcs[arc].candidate >= 0:
            w.chosen[w.cands[w.arcs[arc].candidate].start] = w.arcs[arc].candidate
        s = w.arcs[arc].source
    for i in range(w.n_arcs - 1, -1, -1):
        if w.states[w.arcs[i].target].backward == -INFINITY:
            continue
        first = &w.states[w.arcs[i].source]
        first.backward = log_add(first.backward, w.states[w.arcs[i].target].backward + w.arcs[i].score)
        if w.arcs[i].candidate >= 0:
            w.cands[w.arcs[i].candidate].posterior += exp(
                first.forward + w.arcs[i].score + w.states[w.arcs[i].target].backward - total
            )
    return 0


cdef void weigh(Work* w) noexcept nogil:
    """log (r P(s|o)) of every candidate, with the document's rate and families."""
    cdef Py_ssize_t c
    cdef double log_rate = log(w.rate)
    for c in range(w.n_cands):
        w.cands[c].weight = log_rate + prior(w, &w.cands[c])
        if not w.cands[c].own:
            w.cands[c].weight += log(w.family[w.cands[c].family])


cdef int decode(Work* w) except -1 nogil:
    """Decode the runs of tokens around candidates; two kept tokens in between make runs independent, exactly."""
    cdef Py_ssize_t i = 0, start, stop, n = w.tokens.n
    cdef int32_t c
    while i < n:
        if w.first[i] < 0:
            i += 1
            continue
        start = i
        stop = i
        while i < n and i < stop + 3:
            c = w.first[i]
            while c >= 0:
                stop = max(stop, i + w.cands[c].n)
                c = w.cands[c].next
            i += 1
        stop = min(stop + 2, n)
        decode_cluster(w, start, stop)
        i = max(i, stop)
    return 0
