import { expect, test } from 'vitest';
import { frame } from '../support/frames.js';
import { connectScripted } from '../support/scripted-driver.js';

test('an error that was answered stays the answer, also when garbage follows in the same chunk', async () => {
  const { remote, driver } = await connectScripted();
  const call = remote.stat('/a');
  const { id } = await driver.next('stat');
  const error = { code: 1006, message: 'full', data: { code: 'QUOTA_EXCEEDED' } };
  driver.sendBytes(Buffer.concat([frame({ jsonrpc: '2.0', id, error }), Buffer.from('garbage\n')]));
  await expect(call).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  expect(remote.isBroken).toBe(true);
});

test('after a shutdown nothing is sent, and calls are rejected', async () => {
  const { remote, driver } = await connectScripted();
  const stopped = remote.shutdown();
  driver.answer(await driver.next('shutdown'), {});
  await stopped;
  await driver.next('exit');
  await expect(remote.stat('/a')).rejects.toThrow('the channel to the driver is closed');
  expect(remote.isBroken).toBe(false);
});
