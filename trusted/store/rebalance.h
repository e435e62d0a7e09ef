/* Making room where a block does not hold an entry in place: it is written anew, or shares its entries with its neighbours. */
#ifndef AVO_STORE_REBALANCE_H
#define AVO_STORE_REBALANCE_H

#include "trusted/store/index.h"

/* Puts `item` at `place`: before the entry there, or instead of it when `replace`. AVO_EFULL: nothing changed. */
AVO_MUST_USE enum avo_error avo_rebalance(struct avo_index *index, struct avo_place place, const struct avo_item *item,
                                          bool replace, struct avo_scratch scratch);

#endif
