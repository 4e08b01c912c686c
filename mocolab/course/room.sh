# The inner room of the jail: SCRATCH PACKAGE SEEN HIDDEN BYTES COMMAND..., run in new namespaces; see jail.py.
#
# The root becomes a disk in memory of so many bytes. The places in SEEN (a:b:c) are mounted into it, read-only, those in
# HIDDEN are empty there, PACKAGE stands at /course; what the command can write is gone with it.
set -e
root=$1/root sockets=$1/sockets package=$2 seen=$3 hidden=$4 disk=$5
shift 5
mount -t tmpfs -o size=$disk,nr_inodes=10k,mode=755 tmpfs "$root"
cd "$root"
mkdir -p home proc dev/shm dev/pts tmp old course "$root$sockets"
bind() {
    if [ -L "$1" ]; then cp -P "$1" "$root$1"; return; fi
    if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$root$(dirname "$2")"; touch "$root$2"; fi
    mount --rbind "$1" "$root$2"
}
IFS=:
for place in $seen; do bind "$place" "$place"; done
for place in $hidden; do mount -t tmpfs -o ro tmpfs "$root$place"; done
bind "$package" /course
IFS='
'
for place in $(awk -v root="$root/" 'index($5, root) == 1 {print $5}' /proc/self/mountinfo); do
    mount -o remount,bind,ro,nosuid "$place"
done
mount --bind "$sockets" "$root$sockets"
mount -t proc proc "$root/proc"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
pivot_root . old
umount -l old
rmdir old
cd /home
lower() { echo "$1" > "/proc/sys/$2" || true; } 2> /dev/null
lower 0 user/max_user_namespaces
lower 0 kernel/shmmni  # memory that belongs to no process
lower 0 kernel/msgmni
lower 400 kernel/pid_max  # a namespace's own from Linux 6.14 on; --nproc spares root
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
exec "$@"
