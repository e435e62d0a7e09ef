/* What a user may do: bits in tickets and in the policy. */
#ifndef AVO_BASE_RIGHT_H
#define AVO_BASE_RIGHT_H

enum avo_right {
    AVO_RIGHT_READ = 1,
    AVO_RIGHT_WRITE = 2,
    AVO_RIGHT_ADMIN = 4,
};

#endif
