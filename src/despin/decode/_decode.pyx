# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Inference: candidates, spin rate, lattice, posteriors. Described in docs/design.md; tests/reference.py is the
same in plain Python, and the two are held equal.
"""
from libc.math cimport INFINITY, exp, log, log1p
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memset

from despin.decode._model cimport (
    END, W_STARTS, W_VOWEL, Hypothesis, Model, Node, Tables, Trie, child, encode, lm_logp,
)
from despin.decode._scan cimport (
    F_BREAK, F_CAP, F_CAPS, F_END, F_NUMBER, F_PROTECTED, F_SPACE, F_START, F_WORD, Token, Tokens, scan_into,
)

cdef extern from "Python.h":
    int PyUnicode_KIND(object)
    void* PyUnicode_DATA(object)

cdef enum:
    BEAM = 24          # states kept at a position of the lattice
    MAX_PHRASE = 10    # tokens of a spun phrase
    N_RATES = 16       # spin rates tried
    N_FAMILIES = 8
    N_FEATURES = 25

cdef double RATES[N_RATES]
cdef double FAMILY_PRIOR[N_FAMILIES]
# One outlying place must not decide on a whole document.
cdef double MAX_LOG_RATIO = 5.0

cdef void _fill():
    cdef int i
    for i in range(N_RATES):
        RATES[i] = 0.02 * (45.0 ** (i / (N_RATES - 1.0)))  # 0.02 to 0.9, geometric
    # any, news, bookmark, casino, growtobe, spinbot, academic, user: pseudo-counts of edits
    for i, value in enumerate((0.0, 6.0, 1.5, 0.7, 0.7, 1.5, 1.5, 0.0)):
        FAMILY_PRIOR[i] = value

_fill()

cdef struct Candidate:
    const Hypothesis* h
    const int32_t* target
    const char* surface
    int32_t start          # first token
    int32_t n              # tokens
    int32_t next           # candidates at the same start: index of the next, -1 at the end
    int32_t own            # 1: from the user's rows
    double price           # log probability that the phrase was damaged as it was (fuzzy), 0 if it was not
    double posterior
    double weight          # log P(spun | original), family and price included

cdef struct State:
    int32_t a
    int32_t b
    int32_t next
    int32_t back           # Viterbi: arc by which it is best reached
    double best
    double forward
    double backward

cdef struct Arc:
    int32_t source
    int32_t target
    int32_t candidate      # -1: token kept
    double score

cdef struct Work:
    const Tables* m
    const Tables* own
    Tokens tokens
    Candidate* cands
    Py_ssize_t n_cands
    Py_ssize_t room_cands
    int32_t* first         # first candidate at each token, -1
    State* states
    Py_ssize_t n_states
    Py_ssize_t room_states
    Arc* arcs
    Py_ssize_t n_arcs
    Py_ssize_t room_arcs
    int32_t* at            # first state at each token position, -1
    int32_t* chosen        # Viterbi: candidate that begins at a token, -1
    int64_t* tally         # hash table: how often each word is kept, each reading chosen
    uint32_t tally_mask
    double rate
    double gain            # log-likelihood of the document at `rate` minus at 0
    double family[N_FAMILIES]
    double lm_scale
    double channel_scale
    double bias
    double clash
    double trust           # scale of the rows' reliabilities
    double cache           # scale of the words that the document has restored elsewhere


cdef int enlarge(void** array, Py_ssize_t* room, size_t size) except -1 nogil:
    """Double an array's room."""
    cdef Py_ssize_t wanted = 64 if room[0] == 0 else 2 * room[0]
    cdef void* p = realloc(array[0], wanted * size)
    if p == NULL:
        with gil:
            raise MemoryError("despin: no memory for the candidates of this text")
    array[0] = p
    room[0] = wanted
    return 0

include "candidates.pxi"
include "context.pxi"
include "rate.pxi"
include "lattice.pxi"
include "consistency.pxi"
include "features.pxi"


cdef class Decoder:
    """Inference over one model, with a user's rows laid over it if there are any. Holds no state between calls."""
    cdef Model model
    cdef Model own
    cdef double lm_scale, channel_scale, bias, clash, trust, cache
    cdef double edit_weights[N_FEATURES]
    cdef double spin_weights[5]

    def __init__(self, Model model not None, Model own, dict decision not None):
        self.model = model
        self.own = own
        lattice = decision["lattice"]
        self.lm_scale = lattice["lm_scale"]
        self.channel_scale = lattice["channel_scale"]
        self.bias = lattice["bias"]
        self.clash = lattice["clash"]
        self.trust = lattice["trust"]
        self.cache = lattice["cache"]
        cdef int i
        if len(decision["edit"]["weights"]) != N_FEATURES or len(decision["spin"]["weights"]) != 5:
            raise ValueError("the decision weights do not fit this version of despin")
        for i in range(N_FEATURES):
            self.edit_weights[i] = decision["edit"]["weights"][i]
        for i in range(5):
            self.spin_weights[i] = decision["spin"]["weights"][i]

    def __call__(self, str text not None, protected=(), spun=None, double min_spin=0.0, fuzzy=(), bint detail=False,
                 rate=None):
        """Infer the edits of a text.

        Args:
            protected: Sorted, disjoint (start, end) offsets that no edit may touch.
            spun: True or False if the caller knows; None to find out.
            min_spin: Below this spin probability nothing is decoded.
            fuzzy: Damaged phrases: (first token, tokens, phrase, log price).
            detail: Also give the features of each edit.
            rate: The spin rate, if it is known.

        Returns:
            (spin probability, rate, families, edits): each edit (start, end, confidence, surface, row, own,
            alternatives, features), its alternatives (surface, posterior, row, own).
        """
        cdef Work w
        cdef list edits = []
        cdef double spin_logit, spin
        try:
            self.prepare(&w, text, protected, fuzzy)
            spin_logit = self.spin_logit(&w)
            spin = 1 / (1 + exp(-spin_logit))
            if spun is not None:
                spin = 1.0 if spun else 0.0
                spin_logit = 8 if spun else -8
                if spun:
                    w.rate = max(w.rate, 0.3)
            if rate is not None:
                w.rate = rate
            if w.n_cands and w.rate > 0 and spin >= min_spin and (spun is None or spun):
                with nogil:
                    memset(w.chosen, 255, (w.tokens.n + 1) * sizeof(int32_t))
                    weigh(&w)
                    decode(&w)
                    recall(&w)
                edits = self.collect(&w, spin_logit, detail)
            return spin, w.rate, [w.family[i] for i in range(N_FAMILIES)], edits
        finally:
            release(&w)

    cdef prepare(self, Work* w, str text, protected, fuzzy):
        """From the text to its candidates and spin rate."""
        cdef const void* data = PyUnicode_DATA(text)
        cdef int kind = PyUnicode_KIND(text)
        cdef Py_ssize_t n = len(text)
        memset(w, 0, sizeof(Work))
        w.m = &self.model.tables
        w.own = &self.own.tables if self.own is not None else NULL
        w.lm_scale = self.lm_scale
        w.channel_scale = self.channel_scale
        w.bias = self.bias
        w.clash = self.clash
        w.trust = self.trust
        w.cache = self.cache
        with nogil:
            scan_into(&w.tokens, kind, data, n)
            encode(w.m, w.own, &w.tokens)
            w.first = <int32_t*>malloc((w.tokens.n + 1) * sizeof(int32_t))
            w.chosen = <int32_t*>malloc((w.tokens.n + 1) * sizeof(int32_t))
            w.at = <int32_t*>malloc((w.tokens.n + MAX_PHRASE + 1) * sizeof(int32_t))
        if w.first == NULL or w.chosen == NULL or w.at == NULL:
            raise MemoryError("despin: no memory for the tokens of this text")
        self.protect(w, protected)
        with nogil:
            find_candidates(w)
        self.add_fuzzy(w, fuzzy)
        with nogil:
            estimate_rate(w)

    def evidence(self, str text not None, protected=()):
        """The features of the spin decision (named in learn/features.py)."""
        cdef Work w
        cdef double f[5]
        try:
            self.prepare(&w, text, protected, ())
            spin_features(&w, f)
            return [f[i] for i in range(5)]
        finally:
            release(&w)

    cdef double spin_logit(self, const Work* w):
        cdef double f[5]
        cdef double total = 0
        cdef int i
        spin_features(w, f)
        for i in range(5):
            total += self.spin_weights[i] * f[i]
        return total

    cdef protect(self, Work* w, protected):
        cdef Py_ssize_t i = 0, start, end
        for start, end in protected:
            while i < w.tokens.n and w.tokens.at[i].end <= start:
                i += 1
            while i < w.tokens.n and w.tokens.at[i].start < end:
                w.tokens.at[i].flags |= F_PROTECTED
                if w.tokens.at[i].end > end:
                    break
                i += 1

    cdef add_fuzzy(self, Work* w, fuzzy):
        cdef Py_ssize_t first, n
        cdef uint32_t node
        for first, n, phrase, price in fuzzy:
            for model, own in ((self.model, False), (self.own, True)):
                if model is None:
                    continue
                node = (<Model>model).phrase_node(phrase, self.model)
                if node:
                    add_node(w, &(<Model>model).tables.trie, node, first, n, price, own)

    cdef list collect(self, Work* w, double spin_logit, bint detail):
        cdef list edits = []
        cdef double f[N_FEATURES]
        cdef double score
        cdef Py_ssize_t i, j
        cdef int32_t k
        cdef Candidate* c
        for i in range(w.tokens.n):
            if w.chosen[i] < 0:
                continue
            c = &w.cands[w.chosen[i]]
            features(w, c, spin_logit, f)
            score = 0
            for j in range(N_FEATURES):
                score += self.edit_weights[j] * f[j]
            others = []
            k = w.first[i]
            while k >= 0:
                if k != w.chosen[i] and w.cands[k].n == c.n:
                    others.append((
                        w.cands[k].surface[: w.cands[k].h.n_surface].decode(), w.cands[k].posterior,
                        w.cands[k].h.row, bool(w.cands[k].own),
                    ))
                k = w.cands[k].next
            edits.append((
                w.tokens.at[i].start, w.tokens.at[i + c.n - 1].end, 1 / (1 + exp(-score)),
                c.surface[: c.h.n_surface].decode(), c.h.row, bool(c.own), others,
                [f[j] for j in range(N_FEATURES)] if detail else None,
            ))
        return edits

    def tokens(self, str text not None):
        """The tokens that inference sees: (start, end, known), known being whether it is a word of the vocabulary."""
        cdef Tokens tokens
        cdef Py_ssize_t i
        cdef list out = []
        tokens.at = NULL
        tokens.n = tokens.room = 0
        scan_into(&tokens, PyUnicode_KIND(text), PyUnicode_DATA(text), len(text))
        encode(&self.model.tables, &self.own.tables if self.own is not None else NULL, &tokens)
        for i in range(tokens.n):
            out.append((tokens.at[i].start, tokens.at[i].end, tokens.at[i].id != 0))
        free(tokens.at)
        return out
