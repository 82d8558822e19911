# The features of the edit and spin decisions (names: learn/features.py). Part of _decode.pyx.

cdef inline double clip(double x, double least, double most) noexcept nogil:
    return least if x < least else most if x > most else x


cdef inline double logit(double p) noexcept nogil:
    return clip(log(p / (1 - p)) if 0 < p < 1 else (10 if p >= 1 else -10), -10, 10)


cdef void move_on(const Work* w, Py_ssize_t i, int32_t* before) noexcept nogil:
    """From the last two words of the decoded path before token i, or the phrase chosen there, to those behind it."""
    cdef const Candidate* c
    cdef int n
    if w.chosen[i] < 0:
        before[0] = -1 if w.tokens.at[i].id == END else before[1]
        before[1] = w.tokens.at[i].id
        return
    c = &w.cands[w.chosen[i]]
    n = c.h.n_target
    if n > 0:
        before[0] = before[1] if n == 1 else c.target[n - 2]
        before[1] = c.target[n - 1]


cdef void look_ahead(Work* w) noexcept nogil:
    """The words that follow from each token on along the decoded path: up to two, -1 where there is none."""
    cdef Py_ssize_t i
    cdef int n
    cdef int32_t* at
    cdef const int32_t* after
    cdef const Candidate* c
    w.following[2 * w.tokens.n] = w.following[2 * w.tokens.n + 1] = -1
    for i in range(w.tokens.n - 1, -1, -1):
        at = w.following + 2 * i
        if w.chosen[i] < 0:
            at[0] = w.tokens.at[i].id
            at[1] = -1 if at[0] == END else at[2]
            continue
        c = &w.cands[w.chosen[i]]
        after = at + 2 * c.n
        n = c.h.n_target
        at[0] = c.target[0] if n > 0 else after[0]
        at[1] = c.target[1] if n > 1 else after[1 - n]


cdef double path_score(const Work* w, const int32_t* before, const int32_t* ids, Py_ssize_t n, const int32_t* after, int n_after, int* orders) noexcept nogil:
    cdef int32_t a = before[0], b = before[1]
    cdef double total = run(w, &a, &b, ids, n, orders)
    return total + run(w, &a, &b, after, n_after, orders)


cdef inline int edits_between(const Work* w, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    return w.edits_before[min(stop, w.tokens.n)] - w.edits_before[max(start, 0)]


cdef void count_edits(Work* w) noexcept nogil:
    cdef Py_ssize_t i
    w.edits_before[0] = 0
    for i in range(w.tokens.n):
        w.edits_before[i + 1] = w.edits_before[i] + (w.chosen[i] >= 0 and w.cands[w.chosen[i]].posterior > 0.5)


cdef double becomes(const Work* w, Py_ssize_t i, int32_t word) noexcept nogil:
    """Posterior that token i is repaired to this word, by whatever row; word < 0: that it is repaired at all."""
    cdef Py_ssize_t j
    cdef int32_t k
    cdef const Candidate* c
    cdef double total = 0
    for j in range(max(0, i - MAX_PHRASE + 1), i + 1):
        k = w.first[j]
        while k >= 0:
            c = &w.cands[k]
            if c.n > i - j and (word < 0 or (c.n == c.h.n_target and c.target[i - j] == word)):
                total += c.posterior
            k = c.next
    return min(total, 1.0)


cdef double marginal(const Work* w, const Candidate* c) noexcept nogil:
    """Posterior of what an edit makes of its tokens: rows of words and of phrases that agree count together."""
    cdef double least = 1.0
    cdef Py_ssize_t k
    if c.n != c.h.n_target:
        return c.posterior
    for k in range(c.n):
        if c.target[k] != w.tokens.at[c.start + k].id:
            least = min(least, becomes(w, c.start + k, c.target[k]))
    return max(least, c.posterior)


cdef struct Change:
    Py_ssize_t start        # tokens that change, and those that do not around them in the row
    Py_ssize_t stop
    int kept
    int n_target            # what is put in their place
    const int32_t* target


cdef inline Change change_of(const Work* w, const Candidate* c) noexcept nogil:
    """What a candidate changes, without the words that its two sides share at their ends."""
    cdef Change found
    cdef int shared = min(c.n, c.h.n_target), head = 0, tail = 0
    while head < shared and w.tokens.at[c.start + head].id == c.target[head]:
        head += 1
    while head + tail < shared and w.tokens.at[c.start + c.n - 1 - tail].id == c.target[c.h.n_target - 1 - tail]:
        tail += 1
    found.start = c.start + head
    found.stop = c.start + c.n - tail
    found.kept = head + tail
    found.n_target = c.h.n_target - found.kept
    found.target = c.target + head
    return found


cdef int kept_beside(const Work* w, const Candidate* c) noexcept nogil:
    """The most kept words that a row asks for beside the change that an edit makes ("neural" organization)."""
    cdef Change wanted = change_of(w, c), found
    cdef int best = wanted.kept
    cdef Py_ssize_t j
    cdef int32_t k
    # words put behind the last one stand where no token is
    for j in range(max(0, wanted.start - MAX_PHRASE + 1), min(wanted.start + 1, w.tokens.n)):
        k = w.first[j]
        while k >= 0:
            if j + w.cands[k].n >= wanted.stop and w.cands[k].n > wanted.stop - wanted.start + best:
                found = change_of(w, &w.cands[k])
                if (
                    found.kept > best
                    and found.start == wanted.start
                    and found.stop == wanted.stop
                    and found.n_target == wanted.n_target
                    and memcmp(found.target, wanted.target, wanted.n_target * sizeof(int32_t)) == 0
                ):
                    best = found.kept
            k = w.cands[k].next
    return best


cdef inline double unigrams(const Work* w, const int32_t* words, int n) noexcept nogil:
    """The sum of words' log probabilities, each by itself."""
    cdef double total = 0
    cdef int k
    for k in range(n):
        total += w.m.logp[words[k]] if words[k] < w.m.n_words else -16
    return total


cdef double likely_spun(const Work* w, const Candidate* c) noexcept nogil:
    """Log of how often the phrase is written for an original of any of its readings, whatever stands beside it."""
    cdef const int32_t* targets = c.target - (c.h.hands_target & LOWER)
    cdef const Hypothesis* h
    cdef double total = 0
    cdef int k
    for k in range(c.n_others):
        h = &c.others[k]
        total += exp(h.weight / 256.0 + unigrams(w, targets + (h.hands_target & LOWER), h.n_target))
    return log(total)


cdef void features(const Work* w, const Candidate* c, const int32_t* before, double* f) noexcept nogil:
    """What the decision on an edit looks at; names and meaning in learn/features.py. `before`: see `move_on`."""
    cdef const int32_t* after = w.following + 2 * (c.start + c.n)
    cdef int32_t ids[MAX_PHRASE]
    cdef Py_ssize_t i = c.start, k
    cdef int n_after = (after[0] >= 0) + (after[1] >= 0), kept_orders = 0, new_orders = 0, capitals = 0
    cdef double kept, new, spun_unigram, target_unigram, after_unigram, spun_anyhow
    cdef double left, runner_up = 0, rivals = 0
    cdef int32_t before_a, before_b
    cdef int ignored = 0
    cdef int32_t other
    for k in range(c.n):
        ids[k] = w.tokens.at[i + k].id
        if w.tokens.at[i + k].flags & F_CAP and not w.tokens.at[i + k].flags & F_START:
            capitals += 1
    spun_unigram = unigrams(w, ids, c.n)
    target_unigram = unigrams(w, c.target, c.h.n_target)
    spun_anyhow = likely_spun(w, c)
    kept = path_score(w, before, ids, c.n, after, n_after, &kept_orders)
    new = path_score(w, before, c.target, c.h.n_target, after, n_after, &new_orders)
    before_a, before_b = before[0], before[1]
    left = -run(w, &before_a, &before_b, ids, c.n, &ignored)
    before_a, before_b = before[0], before[1]
    left += run(w, &before_a, &before_b, c.target, c.h.n_target, &ignored)
    after_unigram = unigrams(w, after, n_after)
    other = w.first[i]
    while other >= 0:
        if w.cands[other].n == c.n:
            # the empty surface of a deletion may begin where another does
            if w.cands[other].surface != c.surface or w.cands[other].h.n_surface != c.h.n_surface:
                runner_up = max(runner_up, w.cands[other].posterior)
                rivals += w.cands[other].posterior > 0.05
        other = w.cands[other].next
    f[0] = 1
    f[1] = logit(marginal(w, c))
    f[2] = logit(becomes(w, i, -1))
    f[3] = clip((new - kept) / 4, -4, 4)
    f[4] = c.channel
    f[5] = log(w.rate)
    f[F_SPIN] = 0  # filled in when the text is judged
    f[7] = c.reliability
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
    f[19] = 0 if c.own else log(w.family[c.family])
    f[20] = w.tokens.at[i].flags & F_START != 0
    f[21] = c.price
    f[22] = c.mark
    f[23] = min(2.0, log1p(counted(w, reading_key(c)) - 1))
    f[24] = min(2.0, log1p(counted(w, <uint32_t>c.target[0]))) if c.h.n_target == 1 else 0
    f[25] = c.topic
    f[26] = clip(left / 4, -4, 4)
    f[27] = clip((kept - spun_unigram - after_unigram) / (c.n + n_after), -8, 8)
    f[28] = clip((new - target_unigram - after_unigram) / (c.h.n_target + n_after), -8, 8) if c.h.n_target + n_after else 0
    f[29] = c.fit_kept
    f[30] = c.fit_kept + c.topic
    f[31] = clip(log((c.posterior + 1e-4) / (runner_up + 1e-4)), -8, 8)
    f[32] = rivals
    f[33] = edits_between(w, i - 12, i + c.n + 12) - 1
    f[34] = 100.0 * edits_between(w, 0, w.tokens.n) / max(60, w.tokens.n)
    f[35] = c.h.n_target
    f[36] = kept_beside(w, c)
    f[37] = OWN_HANDS if c.own else c.h.hands_target >> 28
    f[38] = OWN_HANDS if c.own else c.h.hands_target >> 24 & 15
    for k in range(1, N_FAMILIES - 1):
        f[38 + k] = log(w.family[k])
    f[45] = c.h.against_surface >> 28
    f[46] = c.h.against_surface >> 24 & 15
    f[47] = log1p(c.n_others)
    f[48] = clip(spun_anyhow - spun_unigram, -8, 6)
    f[49] = clip(c.channel + target_unigram - spun_anyhow, -8, 0)


cdef void first_features(const Work* w, double* f) noexcept nogil:
    """What can be told of a text before it is decoded."""
    cdef double n = max(60, w.tokens.n)  # a shorter text is no denser evidence, only less
    f[0] = 1
    f[1] = clip(w.gain, 0, 60)
    f[2] = log(min(n, 1000.0))  # as long as what it was learned from
    f[3] = clip(100 * w.gain / n, 0, 30)
    f[4] = log1p(w.gain)


cdef inline int words_weight(const Work* w, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """How much likelier these words are in spun text, log odds in 32nds: whole numbers, as the first look counts."""
    cdef int total = 0
    cdef Py_ssize_t i
    if w.m.gate == NULL:
        return 0
    for i in range(start, stop):
        if w.tokens.at[i].id < w.m.n_words:
            total += w.m.gate[w.tokens.at[i].id]
    return total


cdef inline double words_evidence(const Work* w) noexcept nogil:
    """What all words of the text tell, log odds per 10 tokens."""
    return 100.0 / max(60, w.tokens.n) * (words_weight(w, 0, w.tokens.n) / 320.0)


cdef void closed_features(const Work* w, double* f) noexcept nogil:
    """What is told of a text that is not decoded."""
    first_features(w, f)
    f[N_FIRST] = words_evidence(w)


cdef inline double tree_score(const Tables* m, const Forest* forest, const double* f) noexcept nogil:
    """Log odds by gradient-boosted trees."""
    cdef double total = 0
    cdef const Branch* at
    cdef int32_t t
    for t in range(forest.n):
        at = &m.branches[forest.roots[t]]
        while at.feature >= 0:
            at += 1 if f[at.feature] <= at.value else at.right
        total += at.value
    return total


cdef inline void take_best(double* best, uint32_t* readings, double value, uint32_t reading) noexcept nogil:
    """Keep the three likeliest, of each reading one; `best` is descending."""
    cdef int k = 0
    while k < 2 and readings[k] != reading:
        k += 1
    if value <= best[k]:
        return
    while k > 0 and best[k - 1] < value:
        best[k] = best[k - 1]
        readings[k] = readings[k - 1]
        k -= 1
    best[k] = value
    readings[k] = reading


cdef inline double portion(const Work* w, const Candidate* c) noexcept nogil:
    """What an edit counts beside others with the same reading: together as much as one in so many tokens."""
    return min(1.0, turns(w) / counted(w, reading_key(c)))


cdef int opinions(Work* w, double share, double* f) except -1 nogil:
    """What a first opinion on each edit, without knowing more of its text, adds up to; what the words tell."""
    cdef double best[3]
    cdef uint32_t readings[3]
    cdef double value, counts
    cdef double* score = w.found + (w.n_found + 1) * N_FEATURES  # room for one of each edit
    cdef const Candidate* c
    cdef Py_ssize_t i
    cdef double doubted = 0
    tree_scores(w, &w.m.opinion, score)
    best[0] = best[1] = best[2] = -7
    readings[0] = readings[1] = readings[2] = 0
    for i in range(w.tokens.n if w.n_found else 0):
        if w.chosen[i] < 0:
            continue
        c = &w.cands[w.chosen[i]]
        value = clip(score[0], -7, 7)
        counts = portion(w, c)
        f[0] += share * counts * (value > 0)
        f[3] += share * counts * clip(value + 1, -2, 3)
        if value > 0:
            doubted += counts * words_weight(w, i, i + c.n)
            f[6] += share * counts * (w.tokens.at[i].flags & F_NUMBER != 0)
        take_best(best, readings, value, reading_key(c))
        score += 1
    w.likely = (best[0] > 0) + (best[1] > 0) + (best[2] > 0)
    f[1] = best[0]
    f[2] = best[2]
    f[4] = words_evidence(w)
    f[5] = share * (doubted / 320.0)
    return 0


cdef int text_features(Work* w, double* f) except -1 nogil:
    """What the decision on a text looks at once it is decoded: how much its edits mend beside how usual they are."""
    cdef double share = 100.0 / max(60, w.tokens.n)
    cdef Py_ssize_t i
    cdef int k
    cdef double lm, both, counts, n = 0, weak = 0
    cdef const double* e
    cdef const double* following = w.found
    first_features(w, f)
    for k in range(5, N_TEXT):
        f[k] = 0
    for i in range(w.tokens.n if w.n_found else 0):
        if w.chosen[i] < 0:
            continue
        counts = portion(w, &w.cands[w.chosen[i]])
        e = following
        following += N_FEATURES
        f[5] += share * counts
        if e[1] <= 0:  # likelier kept than not
            continue
        n += counts
        lm = 4 * e[3]
        both = lm + e[25]
        f[7] += share * counts * clip(lm, 0, 8)
        f[8] += share * counts * clip(e[25], 0, 6)
        f[9] += share * counts * (lm > 3)
        f[10] += share * counts * (both > 5)
        weak += counts * (both < 1)
        f[12] += share * counts * e[12]
        f[13] += counts * e[7]
        f[14] += counts * e[22]
        f[15] += counts * lm
        f[16] += counts * e[25]
        f[17] += counts * e[19]
        f[19] += share * counts * min(0.0, e[27])
    opinions(w, share, f + 20)
    f[6] = share * n
    if n == 0:
        return 0
    f[11] = weak / n
    f[18] = log(w.rate)
    for k in range(13, 18):
        f[k] /= n
    return 0


cdef int describe(Work* w) except -1 nogil:
    """The features of the edits on the decoded path."""
    cdef Py_ssize_t i
    cdef int32_t before[2]
    before[0] = -1
    before[1] = END
    count_edits(w)
    look_ahead(w)
    w.n_found = 0
    for i in range(w.tokens.n):
        w.n_found += w.chosen[i] >= 0
    make_room(<void**>&w.found, &w.room_found, (w.n_found + 1) * (N_FEATURES + 1), sizeof(double))
    w.n_found = 0
    i = 0
    while i < w.tokens.n:
        if w.chosen[i] >= 0:
            take_steps(w, 50)
            features(w, &w.cands[w.chosen[i]], before, w.found + w.n_found * N_FEATURES)
            w.n_found += 1
        move_on(w, i, before)
        i += w.cands[w.chosen[i]].n if w.chosen[i] >= 0 else 1
    return 0
