# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The mapped model: words to ids, n-gram probabilities, the trie of spun phrases.

An n-gram costs one cache line: its bucket holds 16 fingerprints, probabilities and back-off weights; there is no
second bucket to try, because the trainer drops what does not fit.
"""
from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from despin.decode._scan cimport (
    A_WHILE, F_BREAK, F_CAP, F_CAPS, F_END, F_LETTERS, F_MIXED, F_NUMBER, F_SPACE, F_START, F_WORD,
    Token, Tokens, answer_signals, hash_string, scan_into,
)

from despin.channel.rows import ROWS_IN_BLOCK
from despin.model.blocks import unpack_lines

cdef extern from "Python.h":
    int PyUnicode_KIND(object)
    void* PyUnicode_DATA(object)

# Numbers of a model are no larger, so that nothing that is added up or multiplied overflows.
cdef double LARGEST = 1e6
cdef float MOST_REPLACED = 0.9999

include "checks.pxi"

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


cdef int encode(const Tables* m, const Tables* own, Tokens* tokens) except -1 nogil:
    """Give each token its id, looking in `own` (a user's words, may be NULL) too; a run of unknown names becomes one."""
    cdef Py_ssize_t i, n = 0
    cdef Token* t
    cdef Token* last = NULL
    cdef int32_t k
    for i in range(tokens.n):
        if i & (A_WHILE - 1) == A_WHILE - 1:
            answer_signals()
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
    return 0


include "ngrams.pxi"


cdef double lm_logp(const Tables* m, int32_t a, int32_t b, int32_t w, int* order) noexcept nogil:
    """log P(w | a b), natural; a or b < 0: that much context is not there. `order`: length of the n-gram found."""
    cdef Context c
    cdef Question q
    begin_context(m, &c, a, b)
    ask(m, &c, w, &q)
    return answer(m, &q, order)


cdef uint32_t child(const Trie* m, uint32_t parent, uint32_t word) noexcept nogil:
    """Node below `parent` for the next word of a spun phrase, 0 if there is none."""
    if parent == 0:
        return m.roots[word] if word < m.n_roots else 0
    cdef uint64_t h = (<uint64_t>parent << 32 | word) * <uint64_t>0x9E3779B97F4A7C15
    cdef uint64_t i = ((h >> 32) * m.n_edges) >> 32
    while m.edges[i].node != 0:
        if m.edges[i].parent == parent and m.edges[i].word == word:
            return m.edges[i].node
        i += 1
        if i == m.n_edges:
            i = 0
    return 0


cdef class Model:
    """A model file opened for the core. Keeps the file mapped as long as it lives; safe to share between threads."""

    def __init__(self, container):
        self.container = container
        self.views = []
        self.open_words()
        if "ngrams" in container:
            self.open_ngrams()
        if "embedding.bias" in container:
            self.open_embedding()
        if "trees.roots" in container:
            self.open_trees()
        if "trie.nodes" in container:
            self.open_trie()

    cdef int open_words(self) except -1:
        cdef Tables* m = &self.tables
        cdef Py_ssize_t n = self.length("vocab.hash", sizeof(WordSlot))
        m.words = <const WordSlot*>self.table("vocab.hash", sizeof(WordSlot), n)
        m.words_mask = n - 1
        self.offsets("vocab.offsets", "vocab.text", True)
        m.n_words = <int32_t>(self.length("vocab.offsets", 4) - 1)
        # words of a user's rows have ids beyond those of the model that they are laid over
        self.limit = m.n_words if "vocab.flags" in self.container else INT32_MAX
        if not power_of_two(n) or not words_are_there(m.words, n, m.n_words, self.limit):
            raise self.damaged("vocab.hash", "its table of words is broken")
        if "vocab.flags" in self.container:
            if m.n_words <= ORDINAL:
                raise self.damaged("vocab.offsets", "there are no words in it")
            m.flags = <const uint8_t*>self.table("vocab.flags", 1, m.n_words)
            if not flags_are_known(m.flags, m.n_words):
                raise self.damaged("vocab.flags", "a word has a flag that there is not")
            if "vocab.register" in self.container:
                m.register = <const signed char*>self.table("vocab.register", 1, m.n_words)
            if "vocab.gate" in self.container:
                m.gate = <const signed char*>self.table("vocab.gate", 1, m.n_words)
                self.weigh_words(n)

    cdef int weigh_words(self, Py_ssize_t n) except -1:
        """The words and their weights in half the memory, so that it stays near the processor."""
        cdef Tables* m = &self.tables
        cdef Py_ssize_t i
        free(self.weights)
        self.weights = <uint32_t*>malloc(n * sizeof(uint32_t))
        if self.weights == NULL:
            raise MemoryError("despin: no memory for the model")
        for i in range(n):
            if m.words[i].id < 0:
                self.weights[i] = 0
            else:
                self.weights[i] = (m.words[i].fingerprint | 0x100) & 0xFFFFFF00 | <uint8_t>m.gate[m.words[i].id]
        m.weights = self.weights
        return 0

    def __dealloc__(self):
        free(self.weights)

    cdef int open_ngrams(self) except -1:
        cdef Tables* m = &self.tables
        m.logp = self.floats("vocab.logp", m.n_words, -LARGEST, 0)
        m.backoff = self.floats("vocab.backoff", m.n_words, -LARGEST, LARGEST)
        m.n_buckets = self.length("ngrams", sizeof(Bucket))
        if not 0 < m.n_buckets < <uint64_t>1 << 32:
            raise self.damaged("ngrams", "it is empty or too long")
        m.buckets = <const Bucket*>self.table("ngrams", sizeof(Bucket), m.n_buckets)
        wanted = self.container.metadata.get("ngram_buckets", m.n_buckets)
        if wanted != m.n_buckets:  # with any other number every n-gram would be looked for in the wrong place
            raise self.damaged("ngrams", f"it has {m.n_buckets} buckets where the header says {wanted!r}")
        unknown = self.container.metadata.get("lm_unknown")
        if not isinstance(unknown, (int, float)) or not -LARGEST <= unknown <= 0:
            raise self.container.damaged("its header has no lm_unknown")
        m.lm_unknown = unknown
        known = self.container.metadata.get("lm_words", m.n_words)
        if type(known) is not int or not ORDINAL < known <= m.n_words:
            raise self.container.damaged(f"its header says lm_words {known!r}, of {m.n_words}")
        m.lm_words = known
        m.article = word_id(m, hash_string("a"))

    cdef int open_embedding(self) except -1:
        cdef Tables* m = &self.tables
        cdef Py_ssize_t n = self.length("embedding.bias", 4), size = self.length("embedding.output", 1)
        if not 0 < n <= m.n_words:
            raise self.damaged("embedding.bias", f"{n} words are embedded, of {m.n_words}")
        if size % n or not 0 < size // n <= MAX_DIM:
            raise self.damaged("embedding.output", f"{size} bytes are not up to {MAX_DIM} for each of {n} words")
        m.dim = <int32_t>(size // n)
        m.output = <const signed char*>self.table("embedding.output", 1, size)
        m.context = <const signed char*>self.table("embedding.context", 1, size)
        m.output_scale = self.floats("embedding.output_scale", n, -LARGEST, LARGEST)
        m.context_scale = self.floats("embedding.context_scale", n, -LARGEST, LARGEST)
        m.output_bias = self.floats("embedding.bias", n, -LARGEST, LARGEST)
        m.place = self.floats("embedding.place", PLACES * m.dim, -LARGEST, LARGEST)
        m.far = self.floats("embedding.far", n, 0, LARGEST)
        m.n_embedded = <int32_t>n

    cdef int open_trees(self) except -1:
        cdef Tables* m = &self.tables
        cdef Py_ssize_t n = self.length("trees.branches", sizeof(Branch)), at
        cdef int32_t n_trees = <int32_t>self.length("trees.roots", 4)
        cdef const int32_t* roots = self.ids("trees.roots", n_trees, n)
        cdef const int32_t* sizes = self.ids("trees.forests", 3, n_trees + 1)
        m.branches = <const Branch*>self.table("trees.branches", sizeof(Branch), n)
        at = wrong_branch(m.branches, n, n_trees)
        if at >= 0:
            raise self.damaged("trees.branches", f"branch {at} leads nowhere")
        if <int64_t>sizes[0] + sizes[1] + sizes[2] != n_trees or not (sizes[0] and sizes[1] and sizes[2]):
            raise self.damaged("trees.forests", f"its three forests are not the {n_trees} trees")
        m.opinion.roots, m.opinion.n = roots, sizes[0]
        m.text.roots, m.text.n = roots + sizes[0], sizes[1]
        m.edit.roots, m.edit.n = roots + sizes[0] + sizes[1], sizes[2]
        for at in range(n_trees):
            if leaves_of(m.branches, roots[at], 0, N_TEXT if sizes[0] <= at < sizes[0] + sizes[1] else N_FEATURES) < 0:
                raise self.damaged("trees.branches", f"tree {at} has too many leaves, or asks for what there is not")

    cdef int open_trie(self) except -1:
        cdef Tables* m = &self.tables
        cdef Py_ssize_t n_nodes = self.length("trie.nodes", sizeof(Node)), at
        cdef Py_ssize_t n_edges = self.length("trie.edges", sizeof(Edge))
        cdef Py_ssize_t n = self.length("hypotheses", sizeof(Hypothesis))
        if "vocab.replaceable" in self.container:
            # no word is replaced every time: the logarithm of what is left must be a number
            m.replaceable = self.floats("vocab.replaceable", m.n_words, 0, MOST_REPLACED)
        m.trie.nodes = <const Node*>self.table("trie.nodes", sizeof(Node), n_nodes)
        at = wrong_node(m.trie.nodes, n_nodes, n)
        if n_nodes == 0 or at >= 0:
            raise self.damaged("trie.nodes", f"node {at} does not fit the hypotheses")
        m.trie.n_roots = <uint32_t>self.length("trie.roots", 4)
        m.trie.roots = <const uint32_t*>self.ids("trie.roots", m.trie.n_roots, n_nodes)
        m.trie.edges = <const Edge*>self.table("trie.edges", sizeof(Edge), n_edges)
        m.trie.n_edges = n_edges
        if n_edges >= <Py_ssize_t>1 << 32 or not nodes_are_reached(&m.trie, n_edges, n_nodes):
            raise self.damaged("trie.edges", "its table of edges is broken")
        self.open_hypotheses(n)

    cdef int open_hypotheses(self, Py_ssize_t n) except -1:
        cdef Tables* m = &self.tables
        cdef Sizes sizes
        cdef Py_ssize_t at
        sizes.targets = self.length("targets", 4)
        sizes.conditions = self.length("conditions", 4)
        sizes.surfaces = self.length("surfaces", 1)
        m.trie.hyps = <const Hypothesis*>self.table("hypotheses", sizeof(Hypothesis), n)
        m.trie.targets = self.ids("targets", sizes.targets, self.limit)
        m.trie.conditions = <const int32_t*>self.table("conditions", 4, sizes.conditions)
        m.trie.surfaces = <const char*>self.table("surfaces", 1, sizes.surfaces)
        self.characters("surfaces")
        sizes.rows = 1 << 24
        if "rows.offsets" in self.container:
            self.offsets("rows.offsets", "rows.text", False)
            sizes.rows = (self.length("rows.offsets", 4) - 1) * ROWS_IN_BLOCK
        cdef bytearray clauses = bytearray(sizes.conditions)
        cdef unsigned char* good = clauses
        mark_clauses(m.trie.conditions, sizes.conditions, good)
        at = wrong_hypothesis(&m.trie, n, &sizes, good)
        if at >= 0:
            raise self.damaged("hypotheses", f"entry {at} names what is not there")

    cdef const void* table(self, str name, Py_ssize_t size, Py_ssize_t n) except? NULL:
        """A section of n entries of so many bytes."""
        cdef const unsigned char[::1] view = self.container.section(name)
        if view.shape[0] != n * size:
            raise self.damaged(name, f"it has {view.shape[0]} bytes where {n * size} are needed")
        self.views.append(view)
        return &view[0] if view.shape[0] else NULL

    cdef const float* floats(self, str name, Py_ssize_t n, float least, float most) except? NULL:
        """A section of n numbers of a range."""
        cdef const float* found = <const float*>self.table(name, 4, n)
        cdef Py_ssize_t at = wrong_float(found, n, least, most)
        if at >= 0:
            raise self.damaged(name, f"entry {at} is {found[at]:g}, which cannot be")
        return found

    cdef const int32_t* ids(self, str name, Py_ssize_t n, int64_t limit) except? NULL:
        """A section of n numbers that name something of which there are so many."""
        cdef const int32_t* found = <const int32_t*>self.table(name, 4, n)
        cdef Py_ssize_t at = wrong_id(found, n, limit)
        if at >= 0:
            raise self.damaged(name, f"entry {at} is {found[at]}, where there are {limit}")
        return found

    cdef const uint32_t* offsets(self, str name, str text, bint utf8) except? NULL:
        """A section of offsets into another, from its start to its end."""
        cdef Py_ssize_t n = self.length(name, 4), end = self.length(text, 1), at
        if n == 0:
            raise self.damaged(name, "it is empty")
        cdef const uint32_t* found = <const uint32_t*>self.table(name, 4, n)
        cdef const uint8_t* characters = <const uint8_t*>self.table(text, 1, end) if utf8 else NULL
        if utf8:
            self.characters(text)
        at = wrong_offset(found, n, end, characters)
        if at >= 0:
            raise self.damaged(name, f"offset {at} does not fit section {text}")
        return found

    def characters(self, str name):
        """Refuse a section that is no UTF-8."""
        try:
            str(self.container.section(name), "utf-8")
        except UnicodeDecodeError as error:
            raise self.damaged(name, f"it is no UTF-8 at byte {error.start}") from None

    def damaged(self, str section, str reason):
        """The error that says which section is wrong, and how."""
        return self.container.damaged(f"section {section} is garbled, {reason}")

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

    def length(self, str name, Py_ssize_t size):
        """How many entries of so many bytes a section has."""
        cdef Py_ssize_t n = len(self.container.section(name))
        if n % size:
            raise self.damaged(name, f"{n} bytes are no whole number of entries of {size}")
        return n // size

    def encode(self, str text not None):
        """Ids of a text's tokens (int32 as bytes), names joined: what the trainer counts."""
        cdef Tokens tokens
        cdef Py_ssize_t i
        tokens.at = NULL
        tokens.n = tokens.room = 0
        cdef bytearray out
        cdef unsigned char* p
        try:
            scan_into(&tokens, PyUnicode_KIND(text), PyUnicode_DATA(text), len(text))
            encode(&self.tables, NULL, &tokens)
            out = bytearray(4 * tokens.n)
            p = out
            for i in range(tokens.n):
                (<int32_t*>p)[i] = tokens.at[i].id
            return out
        finally:
            free(tokens.at)

    @property
    def n_words(self):
        """Number of words, classes included."""
        return self.tables.n_words

    def phrases(self):
        """Every spun phrase, its tokens separated by single spaces.

        Raises:
            ModelError: The section cannot be unpacked.
        """
        try:
            return unpack_lines(self.container.section("phrases"))
        except ValueError as error:
            raise self.damaged("phrases", str(error)) from None

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
