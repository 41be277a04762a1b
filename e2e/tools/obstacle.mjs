// Why a tool cannot be installed on this machine; undefined when nothing stands in the way.
import { onPath } from './search-path.mjs';

export function obstacle(tool) {
  switch (tool.by) {
    case 'apt':
      if (!onPath('apt-get')) return 'this machine has no apt-get';
      return process.getuid?.() === 0 ? undefined : 'apt-get needs root';
    case 'deb':
      return onPath('apt-get') ? undefined : 'this machine has no apt-get';
    case 'go':
      return onPath('go') ? undefined : 'this machine has no Go';
    case 'venv':
      return onPath('python3') ? undefined : 'this machine has no python3';
    case 'npm':
      return onPath('npm') ? undefined : 'this machine has no npm';
    default:
      return 'no package registry has it, so put it on PATH by hand';
  }
}
