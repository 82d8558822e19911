# The scanner's types, shared by the compiled modules.
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef enum:
    # token flags
    F_CAP = 1          # first letter is a capital
    F_CAPS = 2         # two letters or more, all capitals
    F_START = 4        # first token of a sentence
    F_SPACE = 8        # white space stands before it
    F_BREAK = 16       # a quotation mark or bracket stands between it and the token before
    F_NUMBER = 32      # begins with a digit
    F_WORD = 64
    F_END = 128        # ends a sentence or paragraph
    F_MIXED = 256      # letters and digits, or inner capitals
    F_PROTECTED = 512  # never part of an edit
    F_LETTERS = 1024   # a number with letters glued on: 5th, 90s
    F_KEYWORD = 2048   # in capitals among ordinary words: part of no edit but one by a user's rows

cdef struct Token:
    int64_t start
    int64_t end
    uint64_t hash
    uint32_t flags
    int32_t id

cdef struct Tokens:
    Token* at
    Py_ssize_t n
    Py_ssize_t room

cdef struct Scanner:
    # where a scan stands, so that it can go on
    Py_ssize_t at
    uint32_t pending       # flags of the next token
    bint ended             # the last token ended a sentence

cdef enum:
    A_WHILE = 1 << 18      # steps of some 50 to 200 ns between two looks for signals

cdef int answer_signals() except -1 nogil
cdef void begin_scan(Scanner* scanner) noexcept nogil
cdef int scan_some(Tokens* out, Scanner* scanner, int kind, const void* data, Py_ssize_t n, Py_ssize_t limit) except -1 nogil
cdef int scan_into(Tokens* out, int kind, const void* data, Py_ssize_t n) except -1 nogil
cdef uint64_t hash_string(str word)
