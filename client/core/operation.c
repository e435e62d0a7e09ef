#include "client/core/operation.h"
#include "base/assert.h"

struct avo_operation_list avo_operation_list(void) {
    return (struct avo_operation_list){.first = AVO_POOL_NONE, .last = AVO_POOL_NONE};
}

struct avo_client_operation *avo_operation_at(const struct avo_pool *pool, uint32_t index) {
    return avo_pool_at(pool, index);
}

void avo_operation_append(struct avo_operation_list *list, const struct avo_pool *pool, uint32_t index) {
    struct avo_client_operation *operation = avo_operation_at(pool, index);
    operation->next = AVO_POOL_NONE;
    operation->previous = list->last;
    if (list->last == AVO_POOL_NONE) {
        list->first = index;
    } else {
        avo_operation_at(pool, list->last)->next = index;
    }
    list->last = index;
    list->count++;
}

void avo_operation_prepend(struct avo_operation_list *list, const struct avo_pool *pool, uint32_t index) {
    struct avo_client_operation *operation = avo_operation_at(pool, index);
    operation->previous = AVO_POOL_NONE;
    operation->next = list->first;
    if (list->first == AVO_POOL_NONE) {
        list->last = index;
    } else {
        avo_operation_at(pool, list->first)->previous = index;
    }
    list->first = index;
    list->count++;
}

void avo_operation_remove(struct avo_operation_list *list, const struct avo_pool *pool, uint32_t index) {
    const struct avo_client_operation *operation = avo_operation_at(pool, index);
    AVO_ASSERT(list->count > 0);
    if (operation->previous == AVO_POOL_NONE) {
        list->first = operation->next;
    } else {
        avo_operation_at(pool, operation->previous)->next = operation->next;
    }
    if (operation->next == AVO_POOL_NONE) {
        list->last = operation->previous;
    } else {
        avo_operation_at(pool, operation->next)->previous = operation->previous;
    }
    list->count--;
}

bool avo_operation_writes(const struct avo_client_operation *operation) {
    return operation->request.call == AVO_CLIENT_PUT || operation->request.call == AVO_CLIENT_DELETE;
}

bool avo_operation_movable(const struct avo_client_operation *operation) {
    if (operation->request.call == AVO_CLIENT_STATS) {
        return false;
    }
    return !operation->exposed || operation->request.at_least_once;
}
