import { writeFileSync } from 'node:fs';
import { kernelSuite } from '../../support/kernel-suite.ts';

const USER_NAME = 'kernel';
const SECRET = 'a secret of the kernel';
const TARGET_NAME = 'target';
const TARGET_SECRET = 'a secret of the target';

kernelSuite({
  title: 'a Linux kernel that logs in with CHAP and digests',
  scripts: ['login'],
  flags: (file) => {
    writeFileSync(file('secret'), `${SECRET}\n`);
    writeFileSync(file('own-secret'), `${TARGET_SECRET}\n`);
    return [
      '--disk', `disk=${file('disk.img')},size=64M`,
      '--user', USER_NAME, '--secret-file', file('secret'),
      '--mutual-user', TARGET_NAME, '--mutual-secret-file', file('own-secret'),
    ];
  },
  variables: { USER_NAME, SECRET, TARGET_NAME, TARGET_SECRET },
});
