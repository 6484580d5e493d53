import { open } from 'node:fs/promises';
import { openExt4 } from '../../../src/backup/ext4/ext4.ts';
const h = await open(process.argv[2]!); const size=(await h.stat()).size; let reads=0, bytes=0;
const fs = await openExt4({ blockBytes: 512, blockCount: size/512, async read(l,c){ reads++; bytes+=c*512; const b=new Uint8Array(c*512); await h.read(b,0,b.length,l*512); return b; }});
let used=0, n=0; console.time('used'); for await (const r of fs.usedBlocks()) { used+=r.byteLength; n++; } console.timeEnd('used');
console.log({used: used/fs.superblock.blockBytes, n, free: fs.superblock.freeBlockCount, total: fs.superblock.blockCount, reads, bytes});
let names=0, ext=0; console.time('walk'); for await (const f of fs.files()) { names++; if (process.argv[3]) for await (const e of fs.extents(f.inode)) ext++; else if (!/many\//.test(f.path)) console.log(f.path, f.inode.number, f.inode.type, f.inode.size, f.symlinkTarget); } console.timeEnd('walk');
console.log({names, ext, reads, bytes});
