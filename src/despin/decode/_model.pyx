# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The mapped model: words to ids, n-gram probabilities, the trie of spun phrases.

An n-gram costs one cache line: its bucket holds 16 fingerprints, probabilities and back-off weights; there is no
second bucket to try, because the trainer drops what does not fit.
"""
import zlib

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free

from despin.decode._scan cimport (
    F_BREAK, F_CAP, F_CAPS, F_END, F_LETTERS, F_MIXED, F_NUMBER, F_SPACE, F_START, F_WORD,
    Token, Tokens, hash_string, scan_into,
)

cdef extern from "Python.h":
    int PyUnicode_KIND(object)
    void* PyUnicode_DATA(object)

cdef enum:
    ANY = 0xFFFFF  # stands for "no word" in the key of a bigram

cdef int32_t word_id(const Tables* m, uint64_t h) noexcept nogil:
    """Id of the word with this hash, -1 if it is not in the vocabulary."""
    cdef uint64_t i = h & m.words_mask
    cdef uint32_t fp = <uint32_t>(h >> 32)
    while m.words[i].id >= 0:
        if m.words[i].fingerprint == fp:
            return m.words[i].id
        i = (i + 1) & m.words_mask
    return -1


cdef inline int32_t number_class(const Token* t) noexcept nogil:
    if t.flags & F_LETTERS:
        return ORDINAL
    return NUM


cdef void encode(const Tables* m, const Tables* own, Tokens* tokens) noexcept nogil:
    """Give each token its id, looking in `own` (a user's words, may be NULL) too; a run of unknown names becomes one."""
    cdef Py_ssize_t i, n = 0
    cdef Token* t
    cdef Token* last = NULL
    cdef int32_t k
    for i in range(tokens.n):
        t = &tokens.at[i]
        k = word_id(m, t.hash)
        if k < 0 and own != NULL:
            k = word_id(own, t.hash)
        if k < 0:
            if t.flags & F_NUMBER:
                k = number_class(t)
            elif t.flags & F_CAPS:
                k = CAPS
            elif t.flags & F_CAP:
                k = NAME
            elif t.flags & F_MIXED:
                k = MIXED
            else:
                k = UNK
        if k == NAME and last != NULL and last.id == NAME and t.flags & F_SPACE and not t.flags & F_BREAK:
            last.end = t.end
            continue
        last = &tokens.at[n]
        if n != i:
            last[0] = t[0]
        last.id = k
        n += 1
    tokens.n = n


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


cdef inline int find(const Bucket* bucket, uint64_t h) noexcept nogil:
    """Slot of the n-gram with this hash in its bucket, or -1."""
    cdef uint16_t fp = <uint16_t>(h & 0xFFFF)
    return slot(bucket.fingerprint, fp if fp else 1)


cdef double lm_logp(const Tables* m, int32_t a, int32_t b, int32_t w, int* order) noexcept nogil:
    """log P(w | a b), natural; a or b < 0: that much context is not there. `order`: length of the n-gram found."""
    cdef const Bucket* three
    cdef const Bucket* before
    cdef const Bucket* two
    cdef uint64_t h3, h2, hb
    cdef int i
    cdef double total = 0.0, extra = 0.0
    if w >= m.n_words or m.lm[w] != w:
        extra = m.lm_unknown
        w = UNK
    if b >= 0:
        b = m.lm[b] if b < m.n_words else UNK
        h2 = ngram_hash(ANY, b, w)
        two = bucket_of(m, h2)
        fetch(two)
        if a >= 0 and b != END:
            a = m.lm[a] if a < m.n_words else UNK
            h3 = ngram_hash(a, b, w)
            three = bucket_of(m, h3)
            fetch(three)
            hb = ngram_hash(ANY, a, b)
            before = bucket_of(m, hb)
            fetch(before)
            i = find(three, h3)
            if i >= 0:
                order[0] = 3
                return extra - three.prob[i] / 16.0
            i = find(before, hb)
            if i >= 0:
                total += 1.0 - before.backoff[i] / 24.0
        i = find(two, h2)
        if i >= 0:
            order[0] = 2
            return extra + total - two.prob[i] / 16.0
        total += m.backoff[b]
    order[0] = 1
    return extra + total + m.logp[w]


cdef uint32_t child(const Trie* m, uint32_t parent, uint32_t word) noexcept nogil:
    """Node below `parent` for the next word of a spun phrase, 0 if there is none."""
    if parent == 0:
        return m.roots[word] if word < m.n_roots else 0
    cdef uint64_t h = (<uint64_t>parent << 32 | word) * <uint64_t>0x9E3779B97F4A7C15
    cdef uint32_t i = <uint32_t>(h >> 32) & m.edges_mask
    while m.edges[i].node != 0:
        if m.edges[i].parent == parent and m.edges[i].word == word:
            return m.edges[i].node
        i = (i + 1) & m.edges_mask
    return 0


cdef class Model:
    """A model file opened for the core. Keeps the file mapped as long as it lives; safe to share between threads."""

    def __init__(self, container):
        self.container = container
        self.views = []
        cdef Tables* m = &self.tables
        m.words = <const WordSlot*>self.pointer("vocab.hash")
        m.words_mask = self.length("vocab.hash") // sizeof(WordSlot) - 1
        m.n_words = self.length("vocab.offsets") // 4 - 1
        if "vocab.flags" in container:
            m.lm = <const int32_t*>self.pointer("vocab.lm")
            m.flags = <const uint8_t*>self.pointer("vocab.flags")
        if "ngrams" in container:
            m.logp = <const float*>self.pointer("vocab.logp")
            m.backoff = <const float*>self.pointer("vocab.backoff")
            m.buckets = <const Bucket*>self.pointer("ngrams")
            m.n_buckets = self.length("ngrams") // sizeof(Bucket)
            m.lm_unknown = container.metadata["lm_unknown"]
            m.article = word_id(m, hash_string("a"))
        if "vocab.gate" in container:
            m.gate = <const signed char*>self.pointer("vocab.gate")
        if "embedding.bias" in container:
            m.context = <const signed char*>self.pointer("embedding.context")
            m.context_scale = <const float*>self.pointer("embedding.context_scale")
            m.output = <const signed char*>self.pointer("embedding.output")
            m.output_scale = <const float*>self.pointer("embedding.output_scale")
            m.output_bias = <const float*>self.pointer("embedding.bias")
            m.place = <const float*>self.pointer("embedding.place")
            m.far = <const float*>self.pointer("embedding.far")
            m.n_embedded = self.length("embedding.bias") // 4
            m.dim = self.length("embedding.output") // m.n_embedded
        if "trees.roots" in container:
            m.branches = <const Branch*>self.pointer("trees.branches")
            m.roots = <const int32_t*>self.pointer("trees.roots")
            m.n_trees = self.length("trees.roots") // 4
        if "trie.nodes" in container:
            if "vocab.replaceable" in container:
                m.replaceable = <const float*>self.pointer("vocab.replaceable")
            m.trie.roots = <const uint32_t*>self.pointer("trie.roots")
            m.trie.n_roots = self.length("trie.roots") // 4
            m.trie.edges = <const Edge*>self.pointer("trie.edges")
            m.trie.edges_mask = self.length("trie.edges") // sizeof(Edge) - 1
            m.trie.nodes = <const Node*>self.pointer("trie.nodes")
            m.trie.hyps = <const Hypothesis*>self.pointer("hypotheses")
            m.trie.targets = <const int32_t*>self.pointer("targets")
            m.trie.surfaces = <const char*>self.pointer("surfaces")
            m.trie.conditions = <const int32_t*>self.pointer("conditions")

    cdef const void* pointer(self, str name) except? NULL:
        cdef const unsigned char[::1] view = self.container.section(name)
        self.views.append(view)
        return &view[0] if view.shape[0] else NULL

    cdef uint32_t phrase_node(self, str phrase, Model base) except? 0:
        """Node of a spun phrase (tokens separated by spaces), 0 if there is none. `base` has the words this one lacks."""
        cdef uint32_t node = 0
        cdef uint64_t h
        cdef int32_t k
        for word in phrase.split(" "):
            h = hash_string(word)
            k = word_id(&base.tables, h)
            if k < 0:
                k = word_id(&self.tables, h)
            node = child(&self.tables.trie, node, <uint32_t>k) if k >= 0 else 0
            if node == 0:
                break
        return node

    def length(self, str name):
        return len(self.container.section(name))

    def encode(self, str text not None):
        """Ids of a text's tokens (int32 as bytes), names joined: what the trainer counts."""
        cdef Tokens tokens
        cdef Py_ssize_t i
        tokens.at = NULL
        tokens.n = tokens.room = 0
        scan_into(&tokens, PyUnicode_KIND(text), PyUnicode_DATA(text), len(text))
        encode(&self.tables, NULL, &tokens)
        cdef bytearray out = bytearray(4 * tokens.n)
        cdef unsigned char* p = out
        for i in range(tokens.n):
            (<int32_t*>p)[i] = tokens.at[i].id
        free(tokens.at)
        return out

    @property
    def n_words(self):
        """Number of words, classes included."""
        return self.tables.n_words

    def phrases(self):
        """Every spun phrase, its tokens separated by single spaces."""
        return zlib.decompress(self.container.section("phrases")).decode().split("\n")

    def word_id(self, str word not None):
        """Id of a word, or -1."""
        return word_id(&self.tables, hash_string(word))

    def logp(self, ids):
        """Natural log probability of each id after those before it, as a list (None as first: no context)."""
        cdef int order = 0
        cdef list out = []
        cdef int32_t a = -1, b = -1, w
        for w in ids:
            out.append((lm_logp(&self.tables, a, b, w, &order), order))
            a, b = b, w
        return out
