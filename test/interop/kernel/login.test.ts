import { writeFileSync } from 'node:fs';
import { kernelSuite } from '../../support/kernel-suite.ts';

const USER_NAME = 'kernel';
const SECRET = 'a secret of the kernel';

kernelSuite({
  title: 'a Linux kernel that logs in with CHAP and digests',
  scripts: ['login'],
  flags: (file) => {
    writeFileSync(file('secret'), `${SECRET}\n`);
    return [
      '--disk', `disk=${file('disk.img')},size=64M`,
      '--user', USER_NAME, '--secret-file', file('secret'),
    ];
  },
  variables: { USER_NAME, SECRET },
});
