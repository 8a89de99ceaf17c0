#include "server/process/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

int
detach(int dir)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
	int tree = open_tree(
		dir, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE),
	    saved;

	if (tree == -1 ||
	    mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) == 0)
		return tree;
	saved = errno;
	close(tree);
	errno = saved;
	return -1;
}

bool
detach_works(int dir)
{
	int tree = detach(dir);

	if (tree == -1)
		return false;
	close(tree);
	return true;
}
