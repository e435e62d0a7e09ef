#include "sim/agenda.h"
#include "checker/memory.h"

static bool is_sooner(const struct avo_due *a, const struct avo_due *b) {
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->order < b->order;
}

static void swap(struct avo_due *a, struct avo_due *b) {
    struct avo_due kept = *a;
    *a = *b;
    *b = kept;
}

void avo_agenda_add(struct avo_agenda *agenda, uint64_t time_us, enum avo_due_kind kind, uint32_t who, struct avo_flight *packet) {
    if (agenda->count == agenda->capacity) {
        agenda->capacity = agenda->capacity == 0 ? 256 : 2 * agenda->capacity;
        agenda->heap = avo_memory_resize(agenda->heap, agenda->capacity, sizeof *agenda->heap);
    }
    uint32_t at = agenda->count++;
    agenda->heap[at] = (struct avo_due){time_us, agenda->next_order++, kind, who, packet};
    while (at > 0 && is_sooner(&agenda->heap[at], &agenda->heap[(at - 1) / 2])) {
        swap(&agenda->heap[at], &agenda->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

bool avo_agenda_take(struct avo_agenda *agenda, struct avo_due *due) {
    if (agenda->count == 0) {
        return false;
    }
    *due = agenda->heap[0];
    agenda->heap[0] = agenda->heap[--agenda->count];
    for (uint32_t at = 0;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < agenda->count; child++) {
            least = is_sooner(&agenda->heap[child], &agenda->heap[least]) ? child : least;
        }
        if (least == at) {
            return true;
        }
        swap(&agenda->heap[at], &agenda->heap[least]);
        at = least;
    }
}

void avo_agenda_destroy(struct avo_agenda *agenda) {
    for (uint32_t i = 0; i < agenda->count; i++) {
        free(agenda->heap[i].packet);
    }
    free(agenda->heap);
    *agenda = (struct avo_agenda){0};
}
