/* A naive twin of the store [DESIGN 9]: the contract of store.h over a plain list in malloc'ed memory. Only for tests: it shows
 * what the store must do, and damages or refuses on demand. */
#ifndef AVO_STORE_TWIN_H
#define AVO_STORE_TWIN_H

#include "trusted/store/store.h"

/* Frees a store that avo_store_create of the twin made. */
void avo_store_twin_destroy(struct avo_store *store);
/* The host flips a byte of the current value's ciphertext, or of every value: it will not open any more. */
void avo_store_twin_damage(struct avo_store *store, struct avo_slice key);
/* From now on: what avo_store_admits says, and what avo_store_apply does with a write that would change anything. */
void avo_store_twin_refuse(struct avo_store *store, enum avo_error admits, enum avo_error apply);
/* Pins in use. */
uint32_t avo_store_twin_pin_count(const struct avo_store *store);

#endif
