from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from despin.decode._scan cimport Token, Tokens

cdef enum:
    # ids of the classes; ordinary words follow
    UNK = 0
    END = 1
    NAME = 2
    CAPS = 3
    MIXED = 4
    NUM = 5
    ORDINAL = 6

cdef struct WordSlot:
    uint32_t fingerprint
    int32_t id

cdef struct Bucket:
    uint16_t fingerprint[16]
    uint8_t prob[16]
    uint8_t backoff[16]

cdef struct Edge:
    uint32_t parent
    uint32_t word
    uint32_t node

cdef struct Node:
    uint32_t first
    uint16_t n
    uint16_t children

cdef struct Hypothesis:
    uint32_t target       # offset in targets
    uint32_t surface      # offset in surfaces, bytes
    uint32_t row
    float weight          # log P(spun | original)
    float reliability     # how often this reading of the phrase was right, log odds, 0: unknown
    float mark            # how often the phrase was spun at all, log odds, 0: unknown
    uint16_t n_target
    uint16_t n_surface
    uint16_t condition    # 0: none
    uint16_t family

cdef struct Trie:
    const Edge* edges
    uint32_t edges_mask
    const Node* nodes
    const Hypothesis* hyps
    const int32_t* targets
    const char* surfaces
    const int32_t* conditions

cdef struct Tables:
    const WordSlot* words
    uint64_t words_mask
    int32_t n_words
    const float* logp
    const float* backoff
    const int32_t* lm
    const uint8_t* flags
    const float* replaceable
    const Bucket* buckets
    uint64_t n_buckets
    double lm_unknown
    int32_t article       # id of "a" and "an"
    Trie trie

cdef enum:
    W_VOWEL = 1       # begins with a vowel sound
    W_NAME = 2        # mostly written with a capital
    W_STARTS = 4      # a spun phrase begins with it

cdef class Model:
    cdef Tables tables
    cdef readonly object container
    cdef list views
    cdef uint32_t phrase_node(self, str phrase, Model base) except? 0
    cdef const void* pointer(self, str name) except? NULL

cdef int32_t word_id(const Tables* m, uint64_t h) noexcept nogil
cdef void encode(const Tables* m, const Tables* own, Tokens* tokens) noexcept nogil
cdef double lm_logp(const Tables* m, int32_t a, int32_t b, int32_t w, int* order) noexcept nogil
cdef uint32_t child(const Trie* m, uint32_t parent, uint32_t word) noexcept nogil
