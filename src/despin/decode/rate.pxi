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


cdef inline bint hopeless(const Work* w, Candidate* c) noexcept nogil:
    """Whether hardly any gain in place can make it promising."""
    c.promise = prior(w, c)
    return c.promise + RARE_GAIN < LEAST_PROMISE and not c.own


cdef inline void judge(const Work* w, Candidate* c, double ratio) noexcept nogil:
    """A candidate's promise, from the gain in log probability of its words in place."""
    cdef Py_ssize_t i = c.start
    if clashes(w, i, w.tokens.at[i].id) and c.h.n_target and not clashes(w, i, c.target[0]):
        ratio -= w.clash
    c.promise = w.lm_scale * ratio + prior(w, c)
    if is_promising(c):
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
            if hopeless(w, cand):
                c = cand.next
                continue
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


cdef uint64_t phrase_hash(const Work* w, Py_ssize_t i, Py_ssize_t n) noexcept nogil:
    """Of n tokens from token i on: the same for the same words."""
    cdef uint64_t h = n
    cdef Py_ssize_t k
    for k in range(i, i + n):
        h = (h ^ <uint32_t>w.tokens.at[k].id) * <uint64_t>0x9E3779B97F4A7C15
        h ^= h >> 29
    return h


cdef int note_places(Work* w, Py_ssize_t i) except -1 nogil:
    """Likelihood ratios by family of the phrases that begin at token i; of overlapping places the better one counts."""
    cdef int32_t c = w.first[i]
    cdef int32_t n
    cdef int f
    cdef double total, before
    cdef double* row
    while c >= 0:
        # candidates of one start stand in runs of equal length, longest first
        n = w.cands[c].n
        if w.n_places == w.room_places:
            enlarge(<void**>&w.places, &w.room_places, N_FAMILIES * sizeof(double))
        if w.n_places == w.room_phrases:
            enlarge(<void**>&w.phrases, &w.room_phrases, sizeof(uint64_t))
        row = w.places + w.n_places * N_FAMILIES
        memset(row, 0, N_FAMILIES * sizeof(double))
        total = before = 0
        while c >= 0 and w.cands[c].n == n:
            take_steps(w, 5)
            row[w.cands[c].family] += w.cands[c].odds
            total += w.cands[c].odds
            c = w.cands[c].next
        if w.n_places and i < w.places_end:
            for f in range(N_FAMILIES):
                before += row[f - N_FAMILIES]
            if total > before:
                memcpy(row - N_FAMILIES, row, N_FAMILIES * sizeof(double))
                w.phrases[w.n_places - 1] = phrase_hash(w, i, n)
            w.places_end = max(w.places_end, i + n)
        else:
            w.phrases[w.n_places] = phrase_hash(w, i, n)
            w.n_places += 1
            w.places_end = i + n
    return 0


cdef int find_candidates(Work* w) except -1 nogil:
    """Candidates and the likelihood ratios of their places, token by token, neighbours as they are."""
    cdef Py_ssize_t i
    cdef int32_t since
    for i in range(w.tokens.n):
        since = <int32_t>w.n_cands
        find_at(w, i)
        if w.n_cands > since:
            embed_at(w, i, since)
            judge_at(w, i, since)
            keep_promising(w, i, since, -1)
            note_places(w, i)
    return 0


cdef void add_up_kept(const Work* w, double* kept1, double* kept2) noexcept nogil:
    """The words that a spinner could have replaced: evidence against one. See at_rate."""
    cdef Py_ssize_t i
    cdef double value
    kept1[0] = kept2[0] = 0
    for i in range(w.tokens.n):
        if w.tokens.at[i].id < w.m.n_words and not w.tokens.at[i].flags & (F_PROTECTED | F_KEYWORD):
            value = w.m.replaceable[w.tokens.at[i].id]
            kept1[0] += value
            kept2[0] += 0.5 * value * value


cdef enum:
    TURN = 150         # tokens: the words of a term of the text come back within so many, those of a spinner need not


cdef inline double turns(const Work* w) noexcept nogil:
    """How often a reading counts in this text, if it is there as often."""
    return max(1.0, w.tokens.n / <double>TURN)


cdef double gain_of_phrases(Work* w, double kept1, double kept2) except? -1 nogil:
    """The gain at the rate found if a phrase counts once in so many tokens, by the mean of its places: a text that says
    the same word over and over tells no more of spinning than one that says it twice (burstiness, Church and Gale 1995)."""
    cdef Py_ssize_t size = 16, i, n = 0
    cdef uint64_t at
    cdef double gain = -w.rate * kept1 - w.rate * w.rate * kept2
    cdef double* mean = w.ratios + w.n_places
    cdef double* number = mean + w.n_places
    while size < 2 * w.n_places:
        size *= 2
    make_room(<void**>&w.index, &w.room_index, size, sizeof(int32_t))
    memset(w.index, 255, size * sizeof(int32_t))
    for i in range(w.n_places):
        at = (w.phrases[i] >> 32) & <uint64_t>(size - 1)
        while w.index[at] >= 0 and w.phrases[w.index[at]] != w.phrases[i]:
            at = (at + 1) & <uint64_t>(size - 1)
        if w.index[at] < 0:
            w.index[at] = <int32_t>n
            w.phrases[n] = w.phrases[i]  # those before it have been looked up
            mean[n] = number[n] = 0
            n += 1
        mean[w.index[at]] += w.ratios[i]
        number[w.index[at]] += 1
    for i in range(n):
        gain += min(number[i], turns(w)) * log1p(w.rate * mean[i] / number[i])
    return gain


cdef double scholarly(const Work* w) noexcept nogil:
    """How likely a text is a research paper, by its words (learn/register.py)."""
    cdef Glance g
    cdef double f[N_GATE]
    cdef Py_ssize_t i
    if w.m.register == NULL:
        return 0
    g.n = w.tokens.n
    g.total = 0
    for i in range(w.tokens.n):
        if w.tokens.at[i].id < w.m.n_words:
            g.total += w.m.register[w.tokens.at[i].id]
    gate_features(&g, f)
    return probability(weighted(w.register_weights, f, N_GATE))


cdef void expected_families(int spinner, double* counts) noexcept nogil:
    """Pseudo-counts of edits by family in a text by a spinner of one family: most are of his own table, the others of what
    it shares with theirs."""
    cdef int f
    for f in range(N_FAMILIES):
        counts[f] = SHARED[f]
    counts[NEWS] = FROM_NEWS[spinner]
    counts[spinner] = OWN_TABLE[spinner]


cdef double fit_rate(Work* w, int spinner, double kept1, double kept2) except? -1 nogil:
    """The spin rate and the families' shares that explain a text by a spinner of one family best: its log-likelihood."""
    cdef Py_ssize_t i
    cdef int f, step, best_step = 3  # where the search for the best rate begins
    cdef double total, value, best = 0, sum_family
    cdef double cap = exp(MAX_LOG_RATIO)
    cdef double beforehand[N_FAMILIES]
    cdef double counts[N_FAMILIES]
    cdef double* row
    w.rate = RATES[7]
    expected_families(spinner, beforehand)
    memcpy(counts, beforehand, sizeof(counts))
    for step in range(4):
        sum_family = 0
        for f in range(N_FAMILIES):
            sum_family += counts[f]
        for f in range(N_FAMILIES):
            w.family[f] = counts[f] / sum_family
        w.family[0] = w.family[N_FAMILIES - 1] = 1.0
        for i in range(w.n_places):
            row = w.places + i * N_FAMILIES
            total = 0
            for f in range(N_FAMILIES):
                total += w.family[f] * row[f]
            w.ratios[i] = min(total, cap)
        take_steps(w, w.n_places * N_RATES // 4)
        best_step = best_rate(w.ratios, w.n_places, kept1, kept2, best_step, &best)
        w.rate = RATES[best_step] if best_step >= 0 else 0.0
        if best_step < 0:
            break
        memcpy(counts, beforehand, sizeof(counts))
        for i in range(w.n_places):
            row = w.places + i * N_FAMILIES
            value = w.rate / (1 + w.rate * w.ratios[i])
            for f in range(1, N_FAMILIES - 1):
                counts[f] += min(1.0, value * w.family[f] * row[f])
    return best


cdef double log_prior(int spinner, double paper) noexcept nogil:
    """How likely a spun text is by a spinner of this family, before its phrases are looked at; `paper`: how likely it is
    a research paper."""
    if spinner == ACADEMIC:
        return log(LEAST_PAPER + (1 - LEAST_PAPER) * paper)
    return log(LEAST_PAPER + (1 - LEAST_PAPER) * (1 - paper)) + (0 if spinner == NEWS else log(RARE_FAMILY))


cdef int estimate_rate(Work* w) except -1 nogil:
    """The family of spinners, the spin rate and the shares of all tables that explain the document best."""
    cdef int spinner, chosen = NEWS
    cdef double kept1, kept2, value, best = -INFINITY
    cdef double paper = scholarly(w)
    add_up_kept(w, &kept1, &kept2)
    make_room(<void**>&w.ratios, &w.room_ratios, 3 * w.n_places + 1, sizeof(double))
    for spinner in range(NEWS, ACADEMIC + 1):
        value = fit_rate(w, spinner, KEPT[spinner] * kept1, KEPT[spinner] * kept2) + log_prior(spinner, paper)
        if value > best:
            best = value
            chosen = spinner
    kept1 *= KEPT[chosen]
    kept2 *= KEPT[chosen]
    if chosen != ACADEMIC:  # the last one tried
        fit_rate(w, chosen, kept1, kept2)
    w.gain = max(0.0, gain_of_phrases(w, kept1, kept2)) if w.rate > 0 else 0
    return 0
