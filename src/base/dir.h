/* Directories, made with the owner and the mode that they are to have. */
#ifndef FERRY_BASE_DIR_H
#define FERRY_BASE_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Makes the directory at path, an absolute one, and its missing parents (mode 0755, the caller's
 * own).  The new one is made private and given away through its descriptor; ids change only when
 * the caller is root.  Root makes nothing where a directory above is another's or may be written by
 * others: they could put something of root's in its place before it is given away (EPERM).  One
 * that is there stays as it is, but must be a directory and no symbolic link.  *made_r: it is new;
 * *st_r: how it is now.  False with errno, ENOTDIR for what is no directory, and a line for a
 * person in error_r. */
bool dir_make(const char *path, uid_t uid, gid_t gid, mode_t mode, bool *made_r, struct stat *st_r,
    char *error_r, size_t error_len);

/* Whether dir_make() could make the directory at path, or finds it there, as far as that can be
 * told without making anything.  False with a line for a person in error_r. */
bool dir_can_make(const char *path, char *error_r, size_t error_len);

#endif
