# The spin rate and the mixture of families that explain a document best. Part of _decode.pyx.

cdef inline double prior(const Work* w, const Candidate* c) noexcept nogil:
    """What is known of a hypothesis before its context is looked at, but for the spin rate and the family."""
    return c.channel + c.price + w.trust * (c.reliability + c.mark) + w.topic * c.topic


cdef double at_rate(const double* ratios, Py_ssize_t n, double kept1, double kept2, double r) noexcept nogil:
    """Log-likelihood at a rate minus at 0. Kept words enter by the first two terms of log(1 - r A)."""
    cdef double total = -r * kept1 - r * r * kept2
    cdef Py_ssize_t i
    for i in range(n):
        total += log1p(r * ratios[i])
    return total


cdef int best_rate(const double* ratios, Py_ssize_t n, double kept1, double kept2, int step, double* best) noexcept nogil:
    """The best of the rates, searched from one of them on: the likelihood has one summit. -1 and 0: none is above 0."""
    cdef double here = at_rate(ratios, n, kept1, kept2, RATES[step]), there
    cdef bint climbed = False
    while step + 1 < N_RATES:
        there = at_rate(ratios, n, kept1, kept2, RATES[step + 1])
        if there <= here:
            break
        here = there
        step += 1
        climbed = True
    while step > 0 and not climbed:
        there = at_rate(ratios, n, kept1, kept2, RATES[step - 1])
        if there < here:
            break
        here = there
        step -= 1
    best[0] = here if here > 0 else 0
    return step if here > 0 else -1


cdef inline void judge(const Work* w, Candidate* c, double ratio) noexcept nogil:
    """A candidate's promise, from the gain in log probability of its words in place."""
    cdef Py_ssize_t i = c.start
    if clashes(w, i, w.tokens.at[i].id) and c.h.n_target and not clashes(w, i, c.target[0]):
        ratio -= w.clash
    c.promise = w.lm_scale * ratio + prior(w, c)
    c.odds = exp(min(MAX_LOG_RATIO, c.promise))


cdef void judge_at(Work* w, Py_ssize_t i, int32_t since) noexcept nogil:
    """The promise of the candidates from number `since` on that begin at token i: the newest come first."""
    cdef InPlace asked[AHEAD]
    cdef Context context
    cdef Candidate* cand
    cdef int32_t ids[MAX_PHRASE]
    cdef int32_t c = w.first[i]
    cdef Py_ssize_t k, n = 0
    cdef double kept = 0
    cdef int m, waiting
    begin_context(w.m, &context, id_at(w, i - 2), id_at(w, i - 1))
    while c >= since:
        waiting = 0
        while c >= since and waiting + 2 <= AHEAD:
            cand = &w.cands[c]
            if cand.n != n:
                n = cand.n
                for k in range(n):
                    ids[k] = w.tokens.at[i + k].id
                asked[waiting].candidate = -1
                ask_in_place(w, &context, i + n, ids, n, &asked[waiting])
                waiting += 1
            asked[waiting].candidate = c
            ask_in_place(w, &context, i + n, cand.target, cand.h.n_target, &asked[waiting])
            waiting += 1
            c = cand.next
        for m in range(waiting):
            settle(w, &asked[m])
            if asked[m].candidate < 0:
                kept = asked[m].total
            else:
                judge(w, &w.cands[asked[m].candidate], asked[m].total - kept)


cdef int estimate_rate(Work* w, int32_t since) except -1 nogil:
    """The spin rate and the family mixture that explain the document best, place by place, neighbours as they are.

    The candidates before number `since` have been judged before.
    """
    cdef Py_ssize_t i, k, n_places = 0, end = 0
    cdef int32_t c
    cdef int f, step, best_step = 3  # where the search for the best rate begins
    cdef double total, value, kept1 = 0, kept2 = 0, best = 0, sum_family
    cdef double cap = exp(MAX_LOG_RATIO)
    cdef double counts[N_FAMILIES]
    cdef double* by_family
    cdef double* ratios
    cdef double* row
    cdef double* previous
    make_room(<void**>&w.rows, &w.room_rows, (w.n_cands + 1) * (N_FAMILIES + 1), sizeof(double))
    by_family = w.rows
    ratios = by_family + (w.n_cands + 1) * N_FAMILIES
    for i in range(w.tokens.n):
        if w.tokens.at[i].id < w.m.n_words and not w.tokens.at[i].flags & F_PROTECTED:
            value = w.m.replaceable[w.tokens.at[i].id]
            kept1 += value
            kept2 += 0.5 * value * value
        c = w.first[i]
        if c >= since:
            judge_at(w, i, since)
        while c >= 0:
            # candidates of one start stand in runs of equal length, longest first
            k = w.cands[c].n
            row = by_family + n_places * N_FAMILIES
            for f in range(N_FAMILIES):
                row[f] = 0
            total = 0
            while c >= 0 and w.cands[c].n == k:
                take_steps(w, 5)
                row[w.cands[c].family] += w.cands[c].odds
                total += w.cands[c].odds
                c = w.cands[c].next
            if n_places and i < end:  # overlaps the place before: the better of the two counts
                previous = row - N_FAMILIES
                value = 0
                for f in range(N_FAMILIES):
                    value += previous[f]
                if total > value:
                    for f in range(N_FAMILIES):
                        previous[f] = row[f]
                end = max(end, i + k)
            else:
                n_places += 1
                end = i + k
    w.rate = RATES[7]
    for f in range(N_FAMILIES):
        counts[f] = FAMILY_PRIOR[f]
    for step in range(4):
        sum_family = 0
        for f in range(N_FAMILIES):
            sum_family += counts[f]
        for f in range(N_FAMILIES):
            w.family[f] = counts[f] / sum_family
        w.family[0] = w.family[N_FAMILIES - 1] = 1.0
        for i in range(n_places):
            row = by_family + i * N_FAMILIES
            total = 0
            for f in range(N_FAMILIES):
                total += w.family[f] * row[f]
            ratios[i] = min(total, cap)
        take_steps(w, n_places * N_RATES // 4)
        best_step = best_rate(ratios, n_places, kept1, kept2, best_step, &best)
        w.rate = RATES[best_step] if best_step >= 0 else 0.0
        w.gain = best
        if best_step < 0:
            break
        for f in range(N_FAMILIES):
            counts[f] = FAMILY_PRIOR[f]
        for i in range(n_places):
            row = by_family + i * N_FAMILIES
            value = w.rate / (1 + w.rate * ratios[i])
            for f in range(1, N_FAMILIES - 1):
                counts[f] += min(1.0, value * w.family[f] * row[f])
    return 0
