/* Making room where a block does not hold an entry in place: it is written again, or shares its entries with its neighbours. */
#ifndef AVO_STORE_REBALANCE_H
#define AVO_STORE_REBALANCE_H

#include "trusted/store/index.h"

/* Puts `item` into block `id` before its at-th entry, or instead of that when `replace`. AVO_EFULL: nothing changed. */
AVO_MUST_USE enum avo_error avo_rebalance(struct avo_index *index, uint32_t id, uint32_t at, const struct avo_item *item,
                                          bool replace, struct avo_scratch scratch);

#endif
