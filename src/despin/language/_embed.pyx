# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The inner loop of training context embeddings (see embedding.py); no part of running despin."""
from libc.math cimport expf, logf, sqrtf
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

cdef extern from *:
    """
    #include <stddef.h>
    #if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
    #define CLONES __attribute__((target_clones("avx2,fma", "default"), optimize("O3,fast-math")))
    #else
    #define CLONES
    #endif
    CLONES static float embed_dot(const float *x, const float *y, int n) {
        float total = 0;
        for (int k = 0; k < n; k++) total += x[k] * y[k];
        return total;
    }
    CLONES static void embed_add(float *x, const float *y, float scale, int n) {
        for (int k = 0; k < n; k++) x[k] += scale * y[k];
    }
    CLONES static void embed_add_product(float *x, const float *y, const float *z, int n) {
        for (int k = 0; k < n; k++) x[k] += y[k] * z[k];
    }
    CLONES static void embed_product(float *x, const float *y, const float *z, int n) {
        for (int k = 0; k < n; k++) x[k] = y[k] * z[k];
    }
    """
    float dot "embed_dot"(const float* x, const float* y, int n) nogil
    void add "embed_add"(float* x, const float* y, float scale, int n) nogil
    void add_product "embed_add_product"(float* x, const float* y, const float* z, int n) nogil
    void product "embed_product"(float* x, const float* y, const float* z, int n) nogil

cdef enum:
    NEAR = 5
    FAR = 15
    PLACES = 2 * NEAR + 2
    MAX_DIM = 128
    NOISE = 6          # negative words drawn from the noise distribution, and as many from the confusion set
    FIRST_WORD = 7     # ids below are classes

cdef inline uint64_t draw(uint64_t* seed) noexcept nogil:
    seed[0] ^= seed[0] << 13
    seed[0] ^= seed[0] >> 7
    seed[0] ^= seed[0] << 17
    return seed[0]


cdef inline float sigmoid(float x) noexcept nogil:
    return 1 / (1 + expf(-x))


cdef class Trainer:
    """Arrays of a model in training: context rows, output rows, output biases, place weights; Adagrad sums beside them."""
    cdef float[:, ::1] context, output, place, place_sums
    cdef float[::1] bias, context_sums, output_sums, bias_sums, subsample, far
    cdef const int64_t[::1] starts
    cdef const int32_t[::1] confusions, noise
    cdef int dim

    def __init__(self, arrays, sums, subsample, far, starts, confusions, noise):
        self.context, self.output, self.place, self.bias = arrays
        self.context_sums, self.output_sums, self.place_sums, self.bias_sums = sums
        self.subsample, self.far = subsample, far
        self.starts, self.confusions, self.noise = starts, confusions, noise
        self.dim = self.context.shape[1]
        if self.dim > MAX_DIM:
            raise ValueError(f"at most {MAX_DIM} dimensions")

    def learn(self, const int32_t[::1] ids, float share, float rate, uint64_t seed):
        """One pass over `ids`, taking `share` of its words as targets; the mean loss."""
        cdef double loss = 0
        cdef int64_t i, n = 0
        with nogil:
            for i in range(FAR, ids.shape[0] - FAR):
                if ids[i] < FIRST_WORD or (draw(&seed) >> 40) / 16777216.0 > self.subsample[ids[i]] * share:
                    continue
                loss += self.step(ids, i, rate, &seed)
                n += 1
        return loss / max(1, n)

    cdef float step(self, const int32_t[::1] ids, int64_t i, float rate, uint64_t* seed) noexcept nogil:
        cdef float parts[PLACES][MAX_DIM]
        cdef float h[MAX_DIM]
        cdef float back[MAX_DIM]
        cdef float through[MAX_DIM]
        cdef float loss = 0, z, sum_squares
        cdef int d, side, p
        cdef int32_t word
        memset(parts, 0, sizeof(parts))
        memset(h, 0, sizeof(h))
        memset(back, 0, sizeof(back))
        for d in range(1, FAR + 1):
            for side in range(2):
                word = ids[i + d if side else i - d]
                if d <= NEAR:
                    add(parts[side * NEAR + d - 1], &self.context[word, 0], 1, self.dim)
                elif self.far[word] > 0.02:
                    add(parts[2 * NEAR + side], &self.context[word, 0], self.far[word], self.dim)
        for p in range(PLACES):
            add_product(h, &self.place[p, 0], parts[p], self.dim)
        loss = self.outputs(ids[i], h, back, rate, seed)
        for p in range(PLACES):
            product(through, back, parts[p], self.dim)
            # gradient of the places before their weights move
            product(parts[p], back, &self.place[p, 0], self.dim)
            for d in range(self.dim):
                self.place_sums[p, d] += through[d] * through[d]
                self.place[p, d] += 0.3 * rate / sqrtf(self.place_sums[p, d]) * through[d]
        for d in range(1, FAR + 1):
            for side in range(2):
                word = ids[i + d if side else i - d]
                z = 1 if d <= NEAR else self.far[word]
                if z <= 0.02:
                    continue
                p = side * NEAR + d - 1 if d <= NEAR else 2 * NEAR + side
                sum_squares = z * z * dot(parts[p], parts[p], self.dim) / self.dim
                self.context_sums[word] += sum_squares
                add(&self.context[word, 0], parts[p], rate * z / sqrtf(self.context_sums[word]), self.dim)
        return loss

    cdef float outputs(self, int32_t target, const float* h, float* back, float rate, uint64_t* seed) noexcept nogil:
        """The target against noise and against the words it is confused with; the gradient of `h` goes to `back`."""
        cdef int64_t first = self.starts[target], n = self.starts[target + 1] - first
        cdef int k
        cdef int32_t word
        cdef float y, z, g, loss = 0
        cdef float squares = dot(h, h, self.dim) / self.dim
        for k in range(2 * NOISE + 1 if n else NOISE + 1):
            y = k == 0
            if k == 0:
                word = target
            elif k <= NOISE:
                word = self.noise[draw(seed) % <uint64_t>self.noise.shape[0]]
            else:
                word = self.confusions[first + <int64_t>(draw(seed) % <uint64_t>n)]
            if k and word == target:
                continue
            z = sigmoid(dot(h, &self.output[word, 0], self.dim) + self.bias[word])
            loss -= logf(max(1e-6, z if k == 0 else 1 - z))
            g = y - z
            self.output_sums[word] += g * g * squares
            self.bias_sums[word] += g * g
            add(back, &self.output[word, 0], g, self.dim)
            add(&self.output[word, 0], h, rate / sqrtf(self.output_sums[word]) * g, self.dim)
            self.bias[word] += rate / sqrtf(self.bias_sums[word]) * g
        return loss
