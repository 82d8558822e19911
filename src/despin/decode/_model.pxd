from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
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

cdef struct Context:
    # the two words before the next, as the language model knows them, and where their bigram stands
    int32_t a              # -1: not there
    int32_t b
    const Bucket* pair     # of a and b, if both are there
    uint16_t fingerprint

cdef struct Question:
    # a probability that is being fetched; see ask() and answer()
    const Bucket* three    # NULL: no trigram to look for
    const Bucket* pair
    const Bucket* two
    double extra
    int32_t b
    int32_t word
    uint16_t fingerprint_three
    uint16_t fingerprint_pair
    uint16_t fingerprint_two

cdef struct Edge:
    uint32_t parent
    uint32_t word
    uint32_t node

cdef struct Node:
    uint32_t first
    uint16_t n
    uint16_t children

cdef struct Hypothesis:
    uint32_t hands_target # offset in targets; in the upper 8 bits how many hands bear the pair and the mark out
    uint32_t against_surface  # offset in surfaces, bytes; in the upper 8 bits how many speak against them (learn/fitted.py)
    uint32_t family_row   # family in the upper 8 bits
    int16_t weight        # log P(spun | original), in 256ths
    int8_t reliability    # how often this reading of the phrase was right, log odds in 16ths, 0: unknown
    int8_t mark           # how often the phrase was spun at all, log odds in 16ths, 0: unknown
    uint8_t n_target
    uint8_t n_surface
    uint16_t condition    # 0: none

cdef struct Trie:
    const uint32_t* roots   # node below the root by word id
    uint32_t n_roots
    const Edge* edges
    uint64_t n_edges
    const Node* nodes
    const Hypothesis* hyps
    const int32_t* targets
    const char* surfaces
    const int32_t* conditions

cdef struct Branch:
    float value           # a leaf's share of the score, or a threshold
    int16_t feature       # -1: a leaf
    uint16_t right        # so far ahead is the branch taken if the feature is above the threshold; otherwise the next one is

cdef struct Forest:
    const int32_t* roots
    int32_t n

cdef struct Tables:
    const WordSlot* words
    uint64_t words_mask
    int32_t n_words
    const float* logp
    const float* backoff
    int32_t lm_words      # the language model knows the words below this id; those after it only rows name
    const uint8_t* flags
    const float* replaceable
    const signed char* gate   # by word, in 32nds: how much likelier it is in spun text, log odds; NULL: not known
    const signed char* register  # by word, in 32nds: how much likelier it is in research papers; NULL: not known
    const uint32_t* weights   # the same in the slots of `words`: 24 bits of the hash, the last of them set, and the weight
    const Bucket* buckets
    uint64_t n_buckets
    double lm_unknown
    int32_t article       # id of "a" and "an"
    # context embeddings: rows of `dim` bytes with a scale each
    const signed char* context
    const float* context_scale
    const signed char* output
    const float* output_scale
    const float* output_bias
    const float* place
    const float* far
    int32_t dim
    int32_t n_embedded
    # gradient-boosted trees of the decisions
    const Branch* branches
    Forest opinion        # on an edit, before anything is known of its text
    Forest text           # on a text
    Forest edit           # on an edit of that text
    Trie trie

cdef struct Sizes:
    # how many of each there are, for the checks
    Py_ssize_t targets
    Py_ssize_t surfaces
    Py_ssize_t conditions
    Py_ssize_t rows

cdef enum:
    N_FAMILIES = 8
    N_FEATURES = 50    # of an edit, which trees look at
    N_TEXT = 27        # of a text, which other trees look at
    LEAVES = 32        # of a tree at most
    MAX_DIM = 128      # of context embeddings
    PLACES = 12        # weights of places in a context: five near ones and one for the rest, on either side
    LOWER = 0xFFFFFF   # the lower 24 bits of a number above which another one is kept

cdef enum:
    W_VOWEL = 1       # begins with a vowel sound
    W_NAME = 2        # mostly written with a capital
    W_STARTS = 4      # a spun phrase begins with it

cdef class Model:
    cdef Tables tables
    cdef readonly object container
    cdef list views
    cdef uint32_t* weights
    cdef int64_t limit    # ids of words are below it
    cdef uint32_t phrase_node(self, str phrase, Model base) except? 0
    cdef const void* table(self, str name, Py_ssize_t size, Py_ssize_t n) except? NULL
    cdef const float* floats(self, str name, Py_ssize_t n, float least, float most) except? NULL
    cdef const int32_t* ids(self, str name, Py_ssize_t n, int64_t limit) except? NULL
    cdef const uint32_t* offsets(self, str name, str text, bint utf8) except? NULL
    cdef int open_words(self) except -1
    cdef int weigh_words(self, Py_ssize_t n) except -1
    cdef int open_ngrams(self) except -1
    cdef int open_embedding(self) except -1
    cdef int open_trees(self) except -1
    cdef int open_trie(self) except -1
    cdef int open_hypotheses(self, Py_ssize_t n) except -1

cdef int32_t word_id(const Tables* m, uint64_t h) noexcept nogil
cdef int encode(const Tables* m, const Tables* own, Tokens* tokens) except -1 nogil
cdef double lm_logp(const Tables* m, int32_t a, int32_t b, int32_t w, int* order) noexcept nogil
cdef uint32_t child(const Trie* m, uint32_t parent, uint32_t word) noexcept nogil
