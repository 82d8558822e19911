# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Inference: candidates, spin rate, lattice, posteriors. Described in docs/design.md; tests/reference.py is the
same in plain Python, and the two are held equal.
"""
from libc.math cimport INFINITY, exp, log, log1p
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

from despin.decode._model cimport (
    END, LEAVES, LOWER, MAX_DIM, N_FAMILIES, N_FEATURES, N_TEXT, UNK, W_STARTS, W_VOWEL, Branch, Bucket, Context, Forest,
    Hypothesis, Model, Node, Question, Tables, Trie, child, encode, lm_logp, word_id,
)
from despin.decode._scan cimport (
    A_WHILE, F_BREAK, F_CAP, F_CAPS, F_END, F_KEYWORD, F_NUMBER, F_PROTECTED, F_SPACE, F_START, F_WORD, Scanner, Token, Tokens,
    answer_signals, begin_scan, scan_into, scan_some,
)

cdef extern from "Python.h":
    int PyUnicode_KIND(object)
    void* PyUnicode_DATA(object)

cdef enum:
    BEAM = 24          # states kept at a position of the lattice
    PRUNED = -1
    MAX_PHRASE = 10    # tokens of a spun phrase
    LEAST_KEYWORD = 4  # letters of a word in capitals that is left alone: spinners do replace "PC" and "TV"
    N_RATES = 16       # spin rates tried
    OWN_HANDS = 15     # a user's row counts as borne out by as many as any (learn/fitted.py)
    NEWS = 1           # the first family of spinners that has a table of its own
    ACADEMIC = 6       # the last
    F_SPIN = 6         # the feature that the whole text decides
    N_FIRST = 5        # features of a text before it is decoded
    N_CLOSED = 6       # of one that is not

cdef double RATES[N_RATES]
# By family (any, news, bookmark, casino, growtobe, spinbot, academic, user). Chosen on annotated passages.
cdef double OWN_TABLE[N_FAMILIES]  # pseudo-counts of a spinner's edits: of his own table
cdef double FROM_NEWS[N_FAMILIES]  # of that of news, the widest
cdef double SHARED[N_FAMILIES]     # of any other
cdef double KEPT[N_FAMILIES]       # how much a kept word speaks against him: what news replace is known best
cdef double RARE_FAMILY = 0.01     # how much rarer a spinner of any other family but the academic is than one of news
cdef double LEAST_PAPER = 0.02     # how likely any text is a research paper, and how likely one is none
# One outlying place must not decide on a whole document.
cdef double MAX_LOG_RATIO = 5.0
# A hypothesis with less promise than this is left out, and not even asked about in place where the gain needed is so
# rare: of 10,500 promising ones in sound documents 11 needed more, of 32,500 in spun ones 37.
cdef double LEAST_PROMISE = -4.0
cdef double RARE_GAIN = 4.0
cdef double LARGEST_WEIGHT = 1e6

cdef void _fill():
    cdef int i
    for i in range(N_RATES):
        RATES[i] = 0.02 * (45.0 ** (i / (N_RATES - 1.0)))  # 0.02 to 0.9, geometric
    for i, value in enumerate((0.0, 6.0, 10.0, 10.0, 10.0, 10.0, 30.0, 0.0)):
        OWN_TABLE[i] = value
    for i, value in enumerate((0.0, 6.0, 3.0, 3.0, 3.0, 3.0, 2.0, 0.0)):
        FROM_NEWS[i] = value
    for i, value in enumerate((0.0, 0.0, 0.3, 0.15, 0.15, 0.3, 0.15, 0.0)):
        SHARED[i] = value
    for i, value in enumerate((0.0, 1.0, 0.6, 0.6, 0.6, 0.6, 0.8, 0.0)):
        KEPT[i] = value

_fill()

cdef struct Candidate:
    const Hypothesis* h
    const Hypothesis* others   # of the same phrase, this one among them
    const int32_t* target
    const char* surface
    int32_t start          # first token
    int32_t n              # tokens
    int32_t n_others
    int32_t next           # candidates at the same start: index of the next, -1 at the end
    int32_t own            # 1: from the user's rows
    int32_t row
    int32_t family
    double channel         # log P(spun | original)
    double reliability     # how often this reading was right, log odds
    double mark            # how often the phrase was spun at all, log odds
    double price           # log probability that the phrase was damaged as it was (fuzzy), 0 if it was not
    double topic           # how much better the original fits the surroundings than what is written
    double fit_kept        # how well what is written fits the surroundings
    double posterior
    double weight          # log P(spun | original), family and price included
    double promise         # log of its likelihood ratio in place
    double odds            # that ratio, capped
    double tail            # log probability of the original's words after the second

cdef struct State:
    int32_t a
    int32_t b
    int32_t next
    int32_t position       # PRUNED: not among the best of its position
    int32_t back           # Viterbi: arc by which it is best reached
    double best
    double forward
    double backward

cdef struct Arc:
    int32_t source
    int32_t target
    int32_t candidate      # -1: token kept
    double score

cdef struct Remembered:
    # what the language model said of a word after two others
    int32_t a
    int32_t b
    int32_t word           # -1: nothing
    double value

cdef extern from *:
    ctypedef struct Fork "despin_fork":
        int16_t rank
        uint16_t feature
        uint32_t right

cdef struct Ranked:
    # the model's trees, see trees.pxi
    const int32_t* roots
    double* thresholds     # of each feature, ascending
    int32_t first[N_FEATURES + 1]
    Fork* forks            # of each tree
    int32_t* first_fork
    int32_t n_forks
    double* leaves         # of each tree, room for LEAVES

cdef struct Stretch:
    Py_ssize_t start       # characters
    Py_ssize_t end

cdef struct Damage:
    # a damaged phrase of the text
    const Trie* trie       # whose node is the phrase it stands for
    uint32_t node
    bint own
    Py_ssize_t first       # tokens
    Py_ssize_t n
    double price           # log probability of the damage

cdef struct Work:
    const Tables* m
    const Ranked* ranked
    const double* register_weights
    const Tables* own
    const void* data       # the text, of code points of so many bytes
    int kind
    Py_ssize_t n_text
    Tokens tokens
    Stretch* protected     # sorted
    Py_ssize_t n_protected
    Py_ssize_t room_protected
    Damage* damage
    Py_ssize_t n_damage
    Py_ssize_t room_damage
    Candidate* cands
    Py_ssize_t n_cands
    Py_ssize_t room_cands
    int32_t* first         # first candidate at each token, -1
    bint soft              # posteriors are wanted, not only the best path
    Py_ssize_t room_tokens # of the arrays that are as long as the text
    double* places         # likelihood ratios of each place, N_FAMILIES each
    Py_ssize_t n_places
    Py_ssize_t room_places
    uint64_t* phrases      # hash of the words of each
    Py_ssize_t room_phrases
    Py_ssize_t places_end  # token at which the last place ends
    double* ratios         # and with the families' shares, one each; room for two more numbers of each
    Py_ssize_t room_ratios
    State* states
    Py_ssize_t n_states
    Py_ssize_t room_states
    Arc* arcs
    Py_ssize_t n_arcs
    Py_ssize_t room_arcs
    Remembered* memo
    int32_t* index         # hash table of the states
    Py_ssize_t room_index
    uint32_t index_mask
    int32_t* at            # first state at each token position, -1
    int32_t* chosen        # Viterbi: candidate that begins at a token, -1
    int64_t* tally         # hash table: how often each word is kept, each reading chosen
    uint32_t tally_mask
    Py_ssize_t room_tally
    double* found          # features of the edits on the decoded path, N_FEATURES each
    Py_ssize_t n_found
    Py_ssize_t room_found
    int likely             # different readings that are likelier than not in a first opinion; counted up to three
    bint read              # the text has been decoded
    int32_t* following     # the two words after each token on the decoded path
    int32_t* edits_before  # edits likelier than not that begin before each token
    Py_ssize_t steps       # since signals were last looked for
    double rate
    double gain            # log-likelihood of the document's phrases at `rate` minus at 0
    double family[N_FAMILIES]
    double lm_scale
    double channel_scale
    double bias
    double clash
    double trust           # scale of the rows' reliabilities
    double topic           # scale of the topical gain
    double cache           # scale of the words that the document has restored elsewhere


cdef int enlarge(void** array, Py_ssize_t* room, size_t size) except -1 nogil:
    """Add half to an array's room: a long text may not ask for twice the memory it needs."""
    cdef Py_ssize_t wanted = room[0] + room[0] // 2 + 64
    cdef void* p = realloc(array[0], wanted * size)
    if p == NULL:
        with gil:
            raise MemoryError("despin: no memory for the candidates of this text")
    array[0] = p
    room[0] = wanted
    return 0


cdef inline int take_steps(Work* w, Py_ssize_t n) except -1 nogil:
    """Count work, in steps of some 50 to 200 ns; once in a while signals are answered."""
    w.steps += n
    if w.steps >= A_WHILE:
        w.steps = 0
        answer_signals()
    return 0


cdef inline double probability(double log_odds) noexcept nogil:
    return 1 / (1 + exp(-log_odds))


cdef inline double weighted(const double* weights, const double* f, int n) noexcept nogil:
    cdef double total = 0
    cdef int i
    for i in range(n):
        total += weights[i] * f[i]
    return total


include "work.pxi"
include "ngrams.pxi"
include "gate.pxi"
include "candidates.pxi"
include "context.pxi"
include "embedding.pxi"
include "rate.pxi"
include "lattice.pxi"
include "consistency.pxi"
include "trees.pxi"
include "features.pxi"
include "reading.pxi"


cdef tuple token_words(str text, const Tokens* tokens):
    """See Decoder.words."""
    cdef Py_ssize_t i
    cdef bytearray known = bytearray(tokens.n)
    cdef str lower = text.lower()
    cdef bint alike = len(lower) == len(text) and "Σ" not in text  # whose lower case is a matter of context
    cdef list words = []
    lower = lower.replace("’", "'") if alike else text
    for i in range(tokens.n):
        if i % A_WHILE == 0:
            answer_signals()
        known[i] = tokens.at[i].id != UNK
        word = lower[tokens.at[i].start : tokens.at[i].end]
        words.append(word if alike else word.lower().replace("’", "'"))
    return words, bytes(known)


cdef double weight(value) except? -1:
    """A weight of a model file's header: a number of sensible size."""
    if not isinstance(value, (int, float)) or not -LARGEST_WEIGHT <= value <= LARGEST_WEIGHT:
        raise ValueError(f"{value!r} is no weight")
    return value


cdef int take_weights(double* to, values, int n) except -1:
    cdef int i
    if len(values) != n:
        raise ValueError(f"{len(values)} weights instead of {n}")
    for i in range(n):
        to[i] = weight(values[i])
    return 0


cdef class Decoder:
    """Inference over one model, with a user's rows laid over it if there are any. Holds no state between calls,
    but for memory that is used again."""
    cdef Model model
    cdef Model own
    cdef double lm_scale, channel_scale, bias, clash, trust, topic, cache
    cdef double first_weights[N_FIRST]
    cdef double closed_weights[N_CLOSED]
    cdef double open_above
    cdef double gate_weights[N_GATE]
    cdef double register_weights[N_GATE]
    cdef RankedTrees trees   # None until a text is read
    cdef list arenas         # the memory of earlier texts
    cdef list closed_below   # (least spin probability of an edited text, score below which a text is not read)

    def __init__(self, Model model not None, Model own, decision):
        self.model = model
        self.own = own
        self.arenas = []
        for name in ("vocab.flags", "ngrams", "trees.roots", "trie.nodes", "vocab.replaceable"):
            model.container.section(name)  # the core cannot do without
        try:
            self.take(decision)
        except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
            reason = f"its header's decision weights do not fit this version of despin ({error!r})"
            raise model.container.damaged(reason) from None

    cdef take(self, decision):
        """Take the weights out of a model file's header."""
        lattice = decision["lattice"]
        self.lm_scale = weight(lattice["lm_scale"])
        self.channel_scale = weight(lattice["channel_scale"])
        self.bias = weight(lattice["bias"])
        self.clash = weight(lattice["clash"])
        self.trust = weight(lattice["trust"])
        self.cache = weight(lattice["cache"])
        self.topic = weight(lattice.get("topic", 0.0))
        take_weights(self.first_weights, decision["first"]["weights"], N_FIRST)
        take_weights(self.closed_weights, decision["first"]["closed"], N_CLOSED)
        self.open_above = weight(decision["first"]["open_above"])
        gate = decision.get("gate")
        take_weights(self.gate_weights, gate["weights"] if gate else [0.0] * N_GATE, N_GATE)
        register = decision.get("register")
        take_weights(self.register_weights, register["weights"] if register else [0.0] * N_GATE, N_GATE)
        read = gate is not None and self.model.tables.gate != NULL
        self.closed_below = [(weight(least), weight(score)) for least, score in gate["closed_below"]] if read else []

    def __call__(self, str text not None, protected=(), spin=None, double min_spin=0.0, bint detail=False, rate=None,
                 double prior=0.0, damaged=None, bint others=True, double least=0.0):
        """Infer the edits of a text.

        Args:
            protected: Sorted, disjoint (start, end) offsets that no edit may touch.
            spin: The probability that the text is spun, if the caller knows it; None to find out.
            min_spin: Below this spin probability no edits are given.
            detail: Also give the features of each edit.
            rate: The spin rate, if it is known.
            prior: Log odds of being spun that the text's source adds to its own.
            damaged: Gives the damaged phrases of a text that will be edited, from its tokens (see `words`): first
                token, tokens, phrase, log price. Around them it is decoded once more; its spin probability, rate and
                families stay as they were.
            others: Also give alternatives.
            least: Edits of a lower confidence are not given.

        Returns:
            (spin probability, rate, families, edits): each edit (start, end, confidence, surface, row, own,
            alternatives, features), its alternatives (surface, posterior, row, own).
        """
        cdef Arena arena = self.begin()
        cdef Work* w = &arena.work
        cdef list edits = []
        cdef bint told = spin is not None, paced = rate is not None
        cdef double p = spin if told else 0, pace = rate if paced else 0
        self.take_text(w, text, protected)
        with nogil:  # in one go: each time a thread asks for the GIL it may have to wait
            self.prepare(w)
            if paced:
                w.rate = pace
            elif told and p > 0.5:
                w.rate = max(w.rate, 0.3)
            if w.rate > 0 and not told and probability(self.first_logit(w)) >= self.open_above:
                read(w)
                p = probability(self.text_logit(w) + prior)
            elif not told:
                p = probability(self.closed_logit(w) + prior)
            if w.rate > 0 and p >= min_spin and not w.read:  # opened by its source, or known to be spun
                read(w)
        families = [w.family[i] for i in range(N_FAMILIES)]
        if w.rate > 0 and p >= min_spin:
            if damaged is not None:
                self.take_damage(w, damaged(*token_words(text, &w.tokens)))
            edits = self.collect(w, clip(log(p / (1 - p)), -8, 8) if 0 < p < 1 else 8 if p else -8, detail, others, least)
        self.end(arena)
        return p, w.rate, families, edits

    cdef Arena begin(self):
        return <Arena>self.arenas.pop() if self.arenas else Arena()

    cdef end(self, Arena arena):
        """Keep an arena for the next text. After an error nobody calls this, and it goes."""
        if len(self.arenas) < KEPT_ARENAS and bytes_held(&arena.work) <= KEPT_BYTES:
            self.arenas.append(arena)

    def glance(self, str text not None, double min_spin):
        """A first look at a text: the probability that it is spun, judged by its words alone, where that settles it.

        Args:
            min_spin: Least spin probability of a text that is edited.

        Returns:
            The probability, so low that no edit would come of reading the text; None if it must be read.
        """
        cdef Glance g
        cdef double score
        cdef double below = self.settled_below(min_spin)
        if below == -INFINITY:
            return None
        self.look(text, &g)
        score = self.gate_score(&g)
        return probability(score) if score < below else None

    def glances(self, list texts not None, double min_spin):
        """First looks at several texts, without the GIL in between: each text that this settles, None for the others
        and for what is no plain `str`."""
        cdef Py_ssize_t n = len(texts), i
        cdef double below = self.settled_below(min_spin)
        cdef const Tables* m = &self.model.tables
        cdef const Tables* own = &self.own.tables if self.own is not None else NULL
        cdef Glance* looks
        if below == -INFINITY:
            return [None] * n
        looks = <Glance*>malloc((n + 1) * sizeof(Glance))
        if looks == NULL:
            raise MemoryError("despin: no memory for these texts")
        try:
            for i in range(n):
                text = texts[i]
                looks[i].length = len(<str>text) if type(text) is str else -1
                if looks[i].length >= 0:
                    looks[i].kind = PyUnicode_KIND(text)
                    looks[i].data = PyUnicode_DATA(text)
            with nogil:
                for i in range(n):
                    if looks[i].length >= 0:
                        glance(m, own, looks[i].kind, looks[i].data, looks[i].length, &looks[i])
            return [text if looks[i].length >= 0 and self.gate_score(&looks[i]) < below else None
                    for i, text in enumerate(texts)]
        finally:
            free(looks)

    cdef double settled_below(self, double min_spin):
        """The score below which a text is not read."""
        cdef double below = -INFINITY
        for least, value in self.closed_below:
            if min_spin >= least:
                below = max(below, <double>value)
        return below

    cdef double gate_score(self, const Glance* g) noexcept:
        cdef double f[N_GATE]
        gate_features(g, f)
        return weighted(self.gate_weights, f, N_GATE)

    cdef look(self, str text, Glance* g):
        cdef const void* data = PyUnicode_DATA(text)
        cdef int kind = PyUnicode_KIND(text)
        cdef Py_ssize_t n = len(text)
        cdef const Tables* m = &self.model.tables
        cdef const Tables* own = &self.own.tables if self.own is not None else NULL
        with nogil:
            glance(m, own, kind, data, n, g)

    cdef take_text(self, Work* w, str text, protected):
        """The text and what there is to know of it, as the core sees them."""
        cdef Py_ssize_t start, end
        if self.trees is None:
            self.trees = RankedTrees(self.model)
        w.ranked = &self.trees.ranked
        w.m = &self.model.tables
        w.own = &self.own.tables if self.own is not None else NULL
        w.register_weights = self.register_weights
        w.lm_scale = self.lm_scale
        w.channel_scale = self.channel_scale
        w.bias = self.bias
        w.clash = self.clash
        w.trust = self.trust
        w.cache = self.cache
        w.topic = self.topic
        w.tokens.n = w.n_cands = w.n_places = w.places_end = w.n_found = w.n_protected = w.n_damage = 0
        w.read = False
        w.data = PyUnicode_DATA(text)
        w.kind = PyUnicode_KIND(text)
        w.n_text = len(text)
        for start, end in protected:
            if w.n_protected == w.room_protected:
                enlarge(<void**>&w.protected, &w.room_protected, sizeof(Stretch))
            w.protected[w.n_protected].start = start
            w.protected[w.n_protected].end = end
            w.n_protected += 1

    cdef int prepare(self, Work* w) except -1 nogil:
        """From the text to its candidates and spin rate."""
        scan_into(&w.tokens, w.kind, w.data, w.n_text)
        encode(w.m, w.own, &w.tokens)
        room_for_tokens(w)
        protect(w)
        find_candidates(w)
        estimate_rate(w)
        return 0

    cdef take_damage(self, Work* w, finds):
        """The damaged phrases whose originals a model has."""
        cdef Py_ssize_t first, n
        cdef double price
        cdef uint32_t node
        for first, n, phrase, price in finds:
            for model, own in ((self.model, False), (self.own, True)):
                node = (<Model>model).phrase_node(phrase, self.model) if model is not None else 0
                if not node:
                    continue
                if w.n_damage == w.room_damage:
                    enlarge(<void**>&w.damage, &w.room_damage, sizeof(Damage))
                w.damage[w.n_damage] = Damage(&(<Model>model).tables.trie, node, own, first, n, price)
                w.n_damage += 1

    def evidence(self, str text not None, protected=()):
        """The features of the decision on a text (named in learn/features.py), before and after decoding."""
        cdef Arena arena = self.begin()
        cdef Work* w = &arena.work
        cdef double first[N_FIRST]
        cdef double f[N_TEXT]
        self.take_text(w, text, protected)
        with nogil:
            self.prepare(w)
            first_features(w, first)
            if w.rate > 0:
                read(w)
            text_features(w, f)
        self.end(arena)
        return [first[i] for i in range(N_FIRST)], [f[i] for i in range(N_TEXT)]

    cdef double first_logit(self, const Work* w) noexcept nogil:
        cdef double f[N_FIRST]
        first_features(w, f)
        return weighted(self.first_weights, f, N_FIRST)

    cdef double closed_logit(self, const Work* w) noexcept nogil:
        cdef double f[N_CLOSED]
        closed_features(w, f)
        # no words alone open a text that too little in it speaks for
        return min(weighted(self.closed_weights, f, N_CLOSED), 0.0)

    cdef double text_logit(self, Work* w) except? -1 nogil:
        cdef double f[N_TEXT]
        text_features(w, f)
        # one reading alone, however often, is a term of the text and no spinner's habit
        return min(tree_score(w.m, &w.m.text, f), INFINITY if w.likely > 1 else 0.0)

    cdef list collect(self, Work* w, double spin_logit, bint detail, bint with_others, double least):
        cdef list edits = []
        cdef double* f
        cdef double* scores
        cdef Py_ssize_t i, j
        cdef int32_t k
        cdef Candidate* c
        cdef double confidence
        with nogil:
            add_damaged(w)
            f = w.found  # which may have grown
            scores = w.found + (w.n_found + 1) * N_FEATURES
            for i in range(w.n_found):
                f[i * N_FEATURES + F_SPIN] = spin_logit
            tree_scores(w, &w.m.edit, scores)
        for i in range(w.tokens.n):
            if w.chosen[i] < 0:
                continue
            confidence = probability(scores[0])
            scores += 1
            f += N_FEATURES
            if confidence < least:
                continue
            take_steps(w, 100)
            c = &w.cands[w.chosen[i]]
            others = [] if with_others else ()
            k = w.first[i] if with_others else -1
            while k >= 0:
                if k != w.chosen[i] and w.cands[k].n == c.n:
                    others.append((
                        w.cands[k].surface[: w.cands[k].h.n_surface].decode(), w.cands[k].posterior,
                        w.cands[k].row, bool(w.cands[k].own),
                    ))
                k = w.cands[k].next
            edits.append((
                w.tokens.at[i].start, w.tokens.at[i + c.n - 1].end, confidence,
                c.surface[: c.h.n_surface].decode(), c.row, bool(c.own), others,
                [f[j - N_FEATURES] for j in range(N_FEATURES)] if detail else None,
            ))
        return edits

    def words(self, str text not None):
        """The tokens that inference sees: their words in lower case with plain apostrophes, and as bytes whether each is
        a word of the vocabulary."""
        cdef Arena arena = self.begin()
        cdef Tokens* tokens = &arena.work.tokens
        tokens.n = 0
        scan_into(tokens, PyUnicode_KIND(text), PyUnicode_DATA(text), len(text))
        encode(&self.model.tables, &self.own.tables if self.own is not None else NULL, tokens)
        found = token_words(text, tokens)
        self.end(arena)
        return found
