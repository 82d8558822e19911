# The features of the edit and spin decisions (names: learn/features.py). Part of _decode.pyx.

cdef inline double clip(double x, double least, double most) noexcept nogil:
    return least if x < least else most if x > most else x


cdef inline double logit(double p) noexcept nogil:
    return clip(log(p / (1 - p)) if 0 < p < 1 else (10 if p >= 1 else -10), -10, 10)


cdef int32_t path_before(const Work* w, Py_ssize_t i, int back) noexcept nogil:
    """The id that stands `back` words before token i on the decoded path."""
    cdef Py_ssize_t j = i - 1, k
    cdef const Candidate* c
    while j >= 0:
        # is token j inside a chosen phrase?
        k = j
        while k >= 0 and j - k < MAX_PHRASE and not (w.chosen[k] >= 0 and w.cands[w.chosen[k]].n > j - k):
            k -= 1
        if k >= 0 and j - k < MAX_PHRASE:
            c = &w.cands[w.chosen[k]]
            if back <= c.h.n_target:
                return c.target[c.h.n_target - back]
            back -= c.h.n_target
            j = k - 1
            continue
        if back == 1:
            return w.tokens.at[j].id
        if w.tokens.at[j].id == END:
            return -1
        back -= 1
        j -= 1
    return END if back == 1 else -1


cdef int path_after(const Work* w, Py_ssize_t i, int32_t* ids) noexcept nogil:
    """Up to two ids that follow from token i on the decoded path."""
    cdef int n = 0, k
    cdef const Candidate* c
    while i < w.tokens.n and n < 2:
        if w.chosen[i] >= 0:
            c = &w.cands[w.chosen[i]]
            for k in range(min(<int>c.h.n_target, 2 - n)):
                ids[n] = c.target[k]
                n += 1
            i += c.n
            continue
        ids[n] = w.tokens.at[i].id
        n += 1
        if ids[n - 1] == END:
            break
        i += 1
    return n


cdef double path_score(const Work* w, const int32_t* before, const int32_t* ids, Py_ssize_t n, const int32_t* after, int n_after, int* orders) noexcept nogil:
    cdef int32_t a = before[0], b = before[1]
    cdef double total = run(w, &a, &b, ids, n, orders)
    return total + run(w, &a, &b, after, n_after, orders)


cdef void features(const Work* w, const Candidate* c, double spin_logit, double* f) noexcept nogil:
    """What the decision on an edit looks at; names and meaning in learn/features.py."""
    cdef int32_t before[2]
    cdef int32_t after[2]
    cdef int32_t ids[MAX_PHRASE]
    cdef Py_ssize_t i = c.start, k
    cdef int n_after = path_after(w, i + c.n, after), kept_orders = 0, new_orders = 0, capitals = 0
    cdef double kept, new, spun_unigram = 0, target_unigram = 0, any_edit = 0
    cdef int32_t other
    before[0] = path_before(w, i, 2)
    before[1] = path_before(w, i, 1)
    for k in range(c.n):
        ids[k] = w.tokens.at[i + k].id
        if w.tokens.at[i + k].flags & F_CAP and not w.tokens.at[i + k].flags & F_START:
            capitals += 1
        spun_unigram += w.m.logp[ids[k]] if ids[k] < w.m.n_words else -16
    for k in range(c.h.n_target):
        target_unigram += w.m.logp[c.target[k]] if c.target[k] < w.m.n_words else -16
    kept = path_score(w, before, ids, c.n, after, n_after, &kept_orders)
    new = path_score(w, before, c.target, c.h.n_target, after, n_after, &new_orders)
    other = w.first[i]
    while other >= 0:
        if w.cands[other].n == c.n:
            any_edit += w.cands[other].posterior
        other = w.cands[other].next
    f[0] = 1
    f[1] = logit(c.posterior)
    f[2] = logit(any_edit)
    f[3] = clip((new - kept) / 4, -4, 4)
    f[4] = c.h.weight
    f[5] = log(w.rate)
    f[6] = clip(spin_logit, -8, 8)
    f[7] = c.h.reliability
    f[8] = c.n >= 2
    f[9] = c.n >= 3
    f[10] = c.h.n_target == 0
    f[11] = capitals / <double>c.n
    f[12] = clashes(w, i, w.tokens.at[i].id) and c.h.n_target > 0 and not clashes(w, i, c.target[0])
    f[13] = c.h.n_target > 0 and not clashes(w, i, w.tokens.at[i].id) and clashes(w, i, c.target[0])
    f[14] = clip(spun_unigram / c.n, -16, 0)
    f[15] = kept_orders / <double>(c.n + n_after) - 2 if c.n + n_after else 0
    f[16] = new_orders / <double>(c.h.n_target + n_after) - 2 if c.h.n_target + n_after else 0
    f[17] = clip(target_unigram / c.h.n_target, -16, 0) if c.h.n_target else -8
    f[18] = w.tokens.at[i].flags & F_NUMBER != 0
    f[19] = 0 if c.own else log(w.family[c.h.family])
    f[20] = w.tokens.at[i].flags & F_START != 0
    f[21] = c.price
    f[22] = c.h.mark
    f[23] = min(2.0, log1p(counted(w, reading_key(c)) - 1))
    f[24] = min(2.0, log1p(counted(w, <uint32_t>c.target[0]))) if c.h.n_target == 1 else 0


cdef void spin_features(const Work* w, double* f) noexcept nogil:
    cdef double n = max(60, w.tokens.n)  # a shorter text is no denser evidence, only less
    f[0] = 1
    f[1] = clip(w.gain, 0, 60)
    f[2] = log(n)
    f[3] = clip(100 * w.gain / n, 0, 30)
    f[4] = log1p(w.gain)


cdef void release(Work* w) noexcept nogil:
    free(w.tokens.at)
    free(w.cands)
    free(w.first)
    free(w.chosen)
    free(w.tally)
    free(w.at)
    free(w.states)
    free(w.arcs)
