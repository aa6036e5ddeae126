/* SPDX-License-Identifier: ISC */
#ifndef MAILD_XXH64_H
#define MAILD_XXH64_H

#include <stddef.h>
#include <stdint.h>

/*
 * XXH64, a checksum against accidents (not against people), after its
 * published specification.  It runs at memory speed on any 64-bit machine
 * with no special instruction, which a table-driven CRC-32 does not (ten times
 * slower), and each step is a bijection of the word it takes in: damage that
 * lies within one aligned word of eight bytes is found always, any other with
 * all but 2^-64.
 */
uint64_t xxh64(const void *p, size_t n, uint64_t seed);

#endif
