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


cdef int estimate_rate(Work* w) except -1 nogil:
    """The spin rate and the family mixture that explain the document best, place by place, neighbours as they are."""
    cdef Py_ssize_t i, k, n_places = 0, end = 0
    cdef int32_t c
    cdef int f, orders = 0, step, best_step = -1
    cdef double kept, ratio, total, value, kept1 = 0, kept2 = 0, best = 0, sum_family
    cdef double cap = exp(MAX_LOG_RATIO)
    cdef double counts[N_FAMILIES]
    cdef double* by_family
    cdef double* ratios
    cdef double* row
    cdef double* previous
    w.places = <double*>malloc((w.n_cands + 1) * (N_FAMILIES + 1) * sizeof(double))
    by_family = w.places
    if by_family == NULL:
        with gil:
            raise MemoryError("despin: no memory for the candidates of this text")
    ratios = by_family + (w.n_cands + 1) * N_FAMILIES
    for i in range(w.tokens.n):
        if w.tokens.at[i].id < w.m.n_words and not w.tokens.at[i].flags & F_PROTECTED:
            value = w.m.replaceable[w.tokens.at[i].id]
            kept1 += value
            kept2 += 0.5 * value * value
        c = w.first[i]
        while c >= 0:
            # candidates of one start stand in runs of equal length, longest first
            k = w.cands[c].n
            kept = kept_in_place(w, i, k, &orders)
            row = by_family + n_places * N_FAMILIES
            for f in range(N_FAMILIES):
                row[f] = 0
            total = 0
            while c >= 0 and w.cands[c].n == k:
                take_steps(w, 5)
                ratio = in_place(w, i, k, w.cands[c].target, w.cands[c].h.n_target, &orders) - kept
                if clashes(w, i, w.tokens.at[i].id) and w.cands[c].h.n_target and (
                    not clashes(w, i, w.cands[c].target[0])
                ):
                    ratio -= w.clash
                w.cands[c].promise = w.lm_scale * ratio + prior(w, &w.cands[c])
                value = exp(min(MAX_LOG_RATIO, w.cands[c].promise))
                row[w.cands[c].family] += value
                total += value
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
        best = 0
        best_step = -1
        for f in range(N_RATES):
            take_steps(w, n_places // 2)
            value = at_rate(ratios, n_places, kept1, kept2, RATES[f])
            if value > best:
                best = value
                best_step = f
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
    free(w.places)
    w.places = NULL
    return 0
