// SPDX-License-Identifier: Apache-2.0
#include "base/file_system_type.h"

#include <algorithm>
#include <iterator>

namespace weir {
namespace {

struct Row {
  std::uint32_t magic;
  FileSystemType type;
};

// <linux/magic.h>, and for those that it leaves out the sources of the file system.
constexpr Row table[] = {
    {0x0000ef53, {"ext4", "ext4", true}},  // ext2 and ext3 have the same
    {0x58465342, {"xfs", "XFS", true}},
    {0x9123683e, {"btrfs", "Btrfs", true}},
    {0x2fc12fc1, {"zfs", "ZFS", true}},
    {0xf2f52010, {"f2fs", "F2FS", true}},
    {0xca451a4e, {"bcachefs", "bcachefs", true}},
    {0x01021994, {"tmpfs", "tmpfs", true}},
    {0x858458f6, {"ramfs", "ramfs", true}},
    {0x794c7630, {"overlay", "overlayfs", true}},
    {0x2011bab0, {"exfat", "exFAT", true}},
    {0x00004d44, {"vfat", "FAT", true}},
    {0x7366746e, {"ntfs3", "NTFS", true}},

    {0x00006969, {"nfs", "NFS", false}},
    {0x0000517b, {"cifs", "an SMB share", false}},
    {0xff534d42, {"cifs", "an SMB share", false}},
    {0xfe534d42, {"cifs", "an SMB share", false}},
    {0x00c36400, {"ceph", "CephFS", false}},
    {0x01021997, {"9p", "a 9p file system", false}},
    {0x65735546, {"fuse", "a FUSE file system", false}},  // virtiofs, too
    {0x5346414f, {"afs", "AFS", false}},
    {0x6b414653, {"afs", "AFS", false}},
    {0x73757245, {"coda", "Coda", false}},
    {0x0bd00bd0, {"lustre", "Lustre", false}},
    {0x47504653, {"gpfs", "GPFS", false}},
    {0x7461636f, {"ocfs2", "OCFS2", false}},
    {0x01161970, {"gfs2", "GFS2", false}},
    {0x19830326, {"beegfs", "BeeGFS", false}},
    {0x20030528, {"orangefs", "OrangeFS", false}},
    {0xaad7aaea, {"panfs", "PanFS", false}},
    {0x786f4256, {"vboxsf", "a VirtualBox shared folder", false}},
};

}  // namespace

// f_type is signed and of the machine's word: a number above 2^31 may come with its sign extended.
FileSystemType file_system_type(std::int64_t magic) {
  const auto wanted = static_cast<std::uint32_t>(magic);
  const auto* const row = std::find_if(std::begin(table), std::end(table),
                                       [&](const Row& each) { return each.magic == wanted; });
  return row == std::end(table) ? FileSystemType{} : row->type;
}

}  // namespace weir
