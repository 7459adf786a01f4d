/* What the files of chatctl audit share. */

#ifndef CHATCTL_AUDIT_H
#define CHATCTL_AUDIT_H

#include "chatctl.h"

/* appends {number, entry, fault, explanation} for each line of file that the database contradicts */
int chatctl_audit_compare(chatctl_t *ctl, const char *file, json_t *faults, long *lines);

#endif /* CHATCTL_AUDIT_H */
