/* Memory for OpenSSL and jansson. Where they get none, OpenSSL 3.0 crashes and jansson 2.14 writes over what it has, since neither
 * looks everywhere; so a program that uses attest/ gives them an allocation that does not come back without memory. */
#ifndef AVO_ATTEST_VERIFY_MEMORY_H
#define AVO_ATTEST_VERIFY_MEMORY_H

#include <stddef.h>

/* `allocate` is as realloc (also with NULL), but ends the program, with a line, rather than return NULL. Once, before either
 * library is used; kept for the life of the program. */
void avo_attest_memory(void *(*allocate)(void *memory, size_t bytes));

#endif
