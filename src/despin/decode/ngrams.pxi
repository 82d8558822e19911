# N-grams: where a probability stands, and what it is. Part of _model.pyx and of _decode.pyx, which ask in their loops.

cdef enum:
    ANY = 0xFFFFF  # stands for "no word" in the key of a bigram


cdef inline uint64_t ngram_hash(uint64_t a, uint64_t b, uint64_t w) noexcept nogil:
    cdef uint64_t x = a * <uint64_t>0x9E3779B97F4A7C15 + b * <uint64_t>0xC2B2AE3D27D4EB4F + w * <uint64_t>0x165667B19E3779F9
    x ^= x >> 31
    x *= <uint64_t>0xBF58476D1CE4E5B9
    x ^= x >> 29
    return x


cdef extern from *:
    """
    #include <stdint.h>
    #if defined(__SSE2__)
    #include <emmintrin.h>
    #endif
    #if defined(__GNUC__) || defined(__clang__)
    #define despin_fetch(address) __builtin_prefetch(address)
    #else
    #define despin_fetch(address) ((void)(address))
    #endif
    /* First of 16 fingerprints that equals one, or -1. */
    static inline int despin_slot(const uint16_t *fingerprint, uint16_t wanted) {
    #if defined(__SSE2__) && (defined(__GNUC__) || defined(__clang__))
        const __m128i *at = (const __m128i *)fingerprint;
        const __m128i key = _mm_set1_epi16((short)wanted);
        int mask = _mm_movemask_epi8(_mm_packs_epi16(_mm_cmpeq_epi16(_mm_loadu_si128(at), key),
                                                     _mm_cmpeq_epi16(_mm_loadu_si128(at + 1), key)));
        return mask ? __builtin_ctz(mask) : -1;
    #else
        for (int i = 0; i < 16; i++)
            if (fingerprint[i] == wanted) return i;
        return -1;
    #endif
    }
    """
    void fetch "despin_fetch"(const void* address) noexcept nogil
    int slot "despin_slot"(const uint16_t* fingerprint, uint16_t wanted) noexcept nogil


cdef inline const Bucket* bucket_of(const Tables* m, uint64_t h) noexcept nogil:
    return &m.buckets[((h >> 32) * m.n_buckets) >> 32]


cdef inline int find(const Bucket* bucket, uint16_t fp) noexcept nogil:
    """Slot of the n-gram with this fingerprint in its bucket, or -1."""
    return slot(bucket.fingerprint, fp if fp else 1)


cdef inline void begin_context(const Tables* m, Context* c, int32_t a, int32_t b) noexcept nogil:
    """The words a and b as what stands before; below 0: that much context is not there."""
    cdef uint64_t h
    c.a = -1 if a < 0 else a if a < m.lm_words else UNK
    c.b = -1 if b < 0 else b if b < m.lm_words else UNK
    if c.a >= 0 and c.b >= 0:
        h = ngram_hash(ANY, c.a, c.b)
        c.pair = bucket_of(m, h)
        c.fingerprint = <uint16_t>h
        fetch(c.pair)


cdef inline void ask(const Tables* m, Context* c, int32_t w, Question* q) noexcept nogil:
    """Look up where the probability of a word in its context stands, and fetch it; the word joins the context."""
    cdef uint64_t h
    cdef int32_t word = w if w < m.lm_words else UNK
    cdef int32_t before = c.b
    q.word = word
    q.b = before
    q.extra = 0.0 if word == w else m.lm_unknown
    q.three = NULL
    c.b = word
    if before < 0:
        c.a = -1
        return
    if c.a >= 0 and before != END:
        h = ngram_hash(c.a, before, word)
        q.three = bucket_of(m, h)
        q.fingerprint_three = <uint16_t>h
        fetch(q.three)
        q.pair = c.pair
        q.fingerprint_pair = c.fingerprint
    h = ngram_hash(ANY, before, word)
    q.two = bucket_of(m, h)
    q.fingerprint_two = <uint16_t>h
    fetch(q.two)
    c.a = before
    if c.b != word:
        h = ngram_hash(ANY, before, c.b)
    c.pair = bucket_of(m, h)
    c.fingerprint = <uint16_t>h


cdef inline double answer(const Tables* m, const Question* q, int* order) noexcept nogil:
    """The natural log probability asked for. `order`: length of the n-gram found."""
    cdef int i
    cdef double total = 0.0
    if q.b >= 0:
        if q.three != NULL:
            i = find(q.three, q.fingerprint_three)
            if i >= 0:
                order[0] = 3
                return q.extra - q.three.prob[i] / 16.0
            i = find(q.pair, q.fingerprint_pair)
            if i >= 0:
                total += 1.0 - q.pair.backoff[i] / 24.0
        i = find(q.two, q.fingerprint_two)
        if i >= 0:
            order[0] = 2
            return q.extra + total - q.two.prob[i] / 16.0
        total += m.backoff[q.b]
    order[0] = 1
    return q.extra + total + m.logp[q.word]
