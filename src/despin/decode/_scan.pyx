# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""One pass over the buffer of a `str`: words, numbers, sentence ends and symbols, with hashes of their lower case.

Quotation marks and brackets are no tokens: they leave the flag "break" on the next one, so that a language
model sees through them and a phrase is never matched across them.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc

cdef extern from "Python.h":
    int PyUnicode_KIND(object)
    void* PyUnicode_DATA(object)
    int PyErr_CheckSignals() except -1
    bint Py_UNICODE_ISALPHA(uint32_t) nogil
    bint Py_UNICODE_ISUPPER(uint32_t) nogil
    bint Py_UNICODE_ISSPACE(uint32_t) nogil
    bint Py_UNICODE_ISDECIMAL(uint32_t) nogil
    uint32_t Py_UNICODE_TOLOWER(uint32_t) nogil

ctypedef fused Char:
    uint8_t
    uint16_t
    uint32_t

cdef enum:
    C_SYMBOL, C_SPACE, C_NEWLINE, C_LOWER, C_UPPER, C_DIGIT, C_QUOTE, C_APOSTROPHE, C_STOP, C_HYPHEN, C_DASH

cdef uint8_t CLASS[256]
cdef uint8_t LOWER[256]  # lower case stays within Latin-1
cdef uint64_t DASH_HASH, END_HASH, HYPHEN_HASH, DOT_HASH, CLITIC_HASH, POSSESSIVE_HASH
cdef uint64_t ABBREVIATIONS[64]
cdef int N_ABBREVIATIONS = 0

# A full stop after these does not end a sentence.
_ABBREVIATED = (
    "mr mrs ms dr st jr sr gov sen rep gen col lt sgt capt prof rev hon vs inc ltd co corp no etc "
    "jan feb mar apr aug sept oct nov dec mt ft dept est fig al approx"
).split()

cdef inline uint64_t mix_in(uint64_t h, uint32_t c) noexcept nogil:
    h = (h ^ c) * <uint64_t>0x9E3779B97F4A7C15
    return h ^ (h >> 29)

cdef uint64_t hash_string(str word):
    cdef uint64_t h = 0xD5
    cdef Py_UCS4 c
    for c in word:
        h = mix_in(h, lower(c))
    return h

cdef inline uint32_t lower(uint32_t c) noexcept nogil:
    if c < 256:
        return LOWER[c]
    if c == 0x2019 or c == 0x02BC:
        return 39
    return Py_UNICODE_TOLOWER(c)

cdef inline int classify(uint32_t c) noexcept nogil:
    if c < 256:
        return CLASS[c]
    if c == 0x2019 or c == 0x02BC:
        return C_APOSTROPHE
    if c == 0x2018 or c == 0x201C or c == 0x201D or c == 0x201E or c == 0x201A:
        return C_QUOTE
    if c == 0x2013 or c == 0x2014 or c == 0x2015:
        return C_DASH
    if c == 0x2010 or c == 0x2011:
        return C_HYPHEN
    if c == 0x2026:
        return C_STOP
    if c == 0x2028 or c == 0x2029:
        return C_NEWLINE
    if 0x300 <= c <= 0x36F or c == 0x200D or c == 0x200C:
        return C_LOWER  # combining marks and joiners belong to their word
    if Py_UNICODE_ISALPHA(c):
        return C_UPPER if Py_UNICODE_ISUPPER(c) else C_LOWER
    if Py_UNICODE_ISSPACE(c):
        return C_SPACE
    if Py_UNICODE_ISDECIMAL(c):
        return C_DIGIT
    return C_SYMBOL

cdef void _fill_tables():
    global DASH_HASH, END_HASH, HYPHEN_HASH, DOT_HASH, CLITIC_HASH, POSSESSIVE_HASH, N_ABBREVIATIONS
    cdef int c
    for c in range(256):
        ch = chr(c)
        LOWER[c] = Py_UNICODE_TOLOWER(c)
        if ch in "\n\r\v\f\x85":
            CLASS[c] = C_NEWLINE
        elif ch.isspace():
            CLASS[c] = C_SPACE
        elif ch.isalpha():
            CLASS[c] = C_UPPER if ch.isupper() else C_LOWER
        elif ch.isdecimal():
            CLASS[c] = C_DIGIT
        elif ch in "\"()[]{}*_`<>«»":
            CLASS[c] = C_QUOTE
        elif ch == "'":
            CLASS[c] = C_APOSTROPHE
        elif ch in ".!?":
            CLASS[c] = C_STOP
        elif ch == "-":
            CLASS[c] = C_HYPHEN
        elif ch == "\xad":
            CLASS[c] = C_LOWER
        else:
            CLASS[c] = C_SYMBOL
    DASH_HASH = hash_string("—")
    END_HASH = hash_string("</s>")
    HYPHEN_HASH = hash_string("-")
    DOT_HASH = hash_string(".")
    CLITIC_HASH = hash_string("'s")
    POSSESSIVE_HASH = hash_string("'")
    for word in _ABBREVIATED:
        ABBREVIATIONS[N_ABBREVIATIONS] = hash_string(word)
        N_ABBREVIATIONS += 1

_fill_tables()

cdef int answer_signals() except -1 nogil:
    """Let Python answer signals in the middle of a long text (it does so in its main thread only): Ctrl-C ends it."""
    with gil:
        PyErr_CheckSignals()
    return 0

cdef inline bint is_abbreviation(uint64_t h) noexcept nogil:
    cdef int i
    for i in range(N_ABBREVIATIONS):
        if ABBREVIATIONS[i] == h:
            return True
    return False

cdef int grow(Tokens* out) except -1 nogil:
    cdef Py_ssize_t room = out.room + out.room // 2 + 256
    cdef Token* bigger = <Token*>realloc(out.at, room * sizeof(Token))
    if bigger == NULL:
        with gil:
            raise MemoryError("despin: no memory for the tokens of this text")
    out.at = bigger
    out.room = room
    return 0

cdef inline int push(Tokens* out, Py_ssize_t start, Py_ssize_t end, uint64_t h, uint32_t flags) except -1 nogil:
    if out.n == out.room:
        grow(out)
    cdef Token* t = &out.at[out.n]
    t.start = start
    t.end = end
    t.hash = h
    t.flags = flags
    t.id = 0
    out.n += 1
    return 0

cdef inline bint is_letter(int c) noexcept nogil:
    return c == C_LOWER or c == C_UPPER

cdef inline bint is_alnum(int c) noexcept nogil:
    return c == C_LOWER or c == C_UPPER or c == C_DIGIT

cdef int scan_chars(Tokens* out, Scanner* scanner, const Char* data, Py_ssize_t n, Py_ssize_t limit) except -1 nogil:
    """Append tokens up to the end of a text, or until there are `limit`."""
    cdef Py_ssize_t i = scanner.at, start, first, upper, letters
    cdef uint32_t pending = scanner.pending, flags
    cdef int c, d
    cdef uint64_t h
    cdef uint32_t ch
    cdef bint ended = scanner.ended
    while i < n and out.n < limit:
        ch = data[i]
        c = classify(ch)
        if c == C_SPACE:
            pending |= F_SPACE
            i += 1
        elif c == C_LOWER or c == C_UPPER:
            start = i
            flags = pending | F_WORD
            upper = letters = 0
            h = 0xD5
            if c == C_UPPER:
                flags |= F_CAP
            while True:
                h = mix_in(h, lower(ch))
                upper += c == C_UPPER
                letters += 1
                if c == C_DIGIT:
                    flags |= F_MIXED
                i += 1
                first = i
                while i < n and data[i] < 256 and CLASS[data[i]] == C_LOWER:  # most of a text: they are as they hash
                    h = mix_in(h, data[i])
                    i += 1
                letters += i - first
                if i >= n:
                    break
                ch = data[i]
                c = classify(ch)
                if is_alnum(c):
                    continue
                if i + 1 < n and is_letter(classify(data[i + 1])):
                    if c == C_APOSTROPHE:
                        d = data[i + 1]
                        if (d == 115 or d == 83) and not (
                            i + 2 < n and is_alnum(classify(data[i + 2]))
                        ):
                            break  # the clitic 's is a token of its own
                        continue
                    # U.S., p.m., e.g.: single letters with full stops
                    if ch == 46 and letters % 2 == 1 and i + 2 < n and data[i + 2] == 46 and (
                        letters == 1 or data[i - 2] == 46
                    ):
                        continue
                break
            if letters >= 3 and i < n and ch == 46 and data[i - 2] == 46:
                i += 1  # the last full stop of U.S.
            elif i < n and ch == 46 and letters <= 6 and is_abbreviation(h):
                i += 1
            elif i < n and ch == 46 and letters == 1 and upper == 1 and i + 1 < n and (
                data[i + 1] == 32
            ):
                i += 1  # an initial: John F. Kennedy
            if upper >= 2 and upper == letters:
                flags |= F_CAPS
            elif upper >= 2 or (upper == 1 and not flags & F_CAP):
                flags |= F_MIXED
            push(out, start, i, h, flags)
            pending = 0
            ended = False
        elif c == C_DIGIT:
            start = i
            flags = pending | F_NUMBER
            h = 0xD5
            while True:
                h = mix_in(h, lower(ch))
                i += 1
                if i >= n:
                    break
                ch = data[i]
                c = classify(ch)
                if c == C_DIGIT:
                    continue
                if is_letter(c):
                    flags |= F_LETTERS
                    continue
                if (ch == 46 or ch == 44 or ch == 58 or ch == 47) and i + 1 < n and (
                    classify(data[i + 1]) == C_DIGIT
                ):
                    continue
                break
            push(out, start, i, h, flags)
            pending = 0
            ended = False
        elif c == C_APOSTROPHE:
            d = 0
            if i > 0 and is_alnum(classify(data[i - 1])):
                if i + 1 < n:
                    d = data[i + 1]
                if (d == 115 or d == 83) and not (i + 2 < n and is_alnum(classify(data[i + 2]))):
                    push(out, i, i + 2, CLITIC_HASH, pending | F_WORD)
                    pending = 0
                    i += 2
                    continue
                if lower(data[i - 1]) == 115 and i + 2 < n and d == 32 and (
                    is_letter(classify(data[i + 2]))
                ):
                    push(out, i, i + 1, POSSESSIVE_HASH, pending | F_WORD)
                    pending = 0
                    i += 1
                    continue
            pending |= F_BREAK
            i += 1
        elif c == C_QUOTE:
            pending |= F_BREAK
            i += 1
        elif c == C_STOP:
            start = i
            while i < n and classify(data[i]) == C_STOP:
                i += 1
            if ch == 46 and i == start + 1 and i < n and is_alnum(classify(data[i])) and (
                start > 0 and is_alnum(classify(data[start - 1]))
            ):
                push(out, start, i, DOT_HASH, pending)  # example.com
                pending = 0
            elif not ended:
                push(out, start, i, END_HASH, pending | F_END)
                pending = F_START
                ended = True
        elif c == C_NEWLINE:
            start = i
            letters = 0
            while i < n:
                ch = data[i]
                c = classify(ch)
                if c != C_NEWLINE and c != C_SPACE:
                    break
                letters += c == C_NEWLINE and ch != 13
                i += 1
            pending |= F_SPACE
            # A single line break inside a sentence (hard-wrapped text) goes on in lower case.
            if not ended and (letters > 1 or i >= n or c != C_LOWER):
                push(out, start, i, END_HASH, pending | F_END)
                pending = F_START
                pending |= F_SPACE
                ended = True
        else:
            start = i
            i += 1
            if c == C_HYPHEN or c == C_DASH:
                while i < n and classify(data[i]) == c:
                    i += 1
                if c == C_HYPHEN and i == start + 1 and i < n and start > 0 and (
                    is_alnum(classify(data[i]))
                    and is_alnum(classify(data[start - 1]))
                ):
                    h = HYPHEN_HASH
                else:
                    h = DASH_HASH
            else:
                h = mix_in(0xD5, lower(ch))
            push(out, start, i, h, pending)
            pending = 0
            ended = False
    scanner.at = i
    scanner.pending = pending
    scanner.ended = ended
    return 0


cdef void begin_scan(Scanner* scanner) noexcept nogil:
    scanner.at = 0
    scanner.pending = F_START
    scanner.ended = True


cdef int scan_some(Tokens* out, Scanner* scanner, int kind, const void* data, Py_ssize_t n, Py_ssize_t limit) except -1 nogil:
    """Go on with a scan until `out` holds `limit` tokens or the text ends. Linear; raises only MemoryError."""
    if kind == 1:
        return scan_chars[uint8_t](out, scanner, <const uint8_t*>data, n, limit)
    if kind == 2:
        return scan_chars[uint16_t](out, scanner, <const uint16_t*>data, n, limit)
    return scan_chars[uint32_t](out, scanner, <const uint32_t*>data, n, limit)


cdef int scan_into(Tokens* out, int kind, const void* data, Py_ssize_t n) except -1 nogil:
    """Append the tokens of a text."""
    cdef Scanner scanner
    begin_scan(&scanner)
    scan_some(out, &scanner, kind, data, n, out.n + A_WHILE)
    while scanner.at < n:
        answer_signals()
        scan_some(out, &scanner, kind, data, n, out.n + A_WHILE)
    return 0


cdef class Scan:
    """The tokens of a text as plain buffers, for the trainer and for tests."""
    cdef Tokens tokens

    def __cinit__(self, str text not None):
        scan_into(&self.tokens, PyUnicode_KIND(text), PyUnicode_DATA(text), len(text))

    def __dealloc__(self):
        free(self.tokens.at)

    def __len__(self):
        return self.tokens.n

    def hashes(self):
        """The 64-bit hashes, little-endian, as bytes."""
        cdef bytearray out = bytearray(8 * self.tokens.n)
        cdef unsigned char* p = out
        cdef Py_ssize_t i
        for i in range(self.tokens.n):
            (<uint64_t*>p)[i] = self.tokens.at[i].hash
        return out

    def spans(self):
        """Start and end of each token, int64 pairs, as bytes."""
        cdef bytearray out = bytearray(16 * self.tokens.n)
        cdef unsigned char* p = out
        cdef Py_ssize_t i
        for i in range(self.tokens.n):
            (<int64_t*>p)[2 * i] = self.tokens.at[i].start
            (<int64_t*>p)[2 * i + 1] = self.tokens.at[i].end
        return out

    def flags(self):
        """The flag words, uint32, as bytes."""
        cdef bytearray out = bytearray(4 * self.tokens.n)
        cdef unsigned char* p = out
        cdef Py_ssize_t i
        for i in range(self.tokens.n):
            (<uint32_t*>p)[i] = self.tokens.at[i].flags
        return out


def word_hash(str word not None):
    """The hash under which a word is looked up: of its lower case, with a plain apostrophe."""
    return hash_string(word)
