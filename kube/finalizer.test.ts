import { expect } from 'chai'
import type { KubeClient } from './client.ts'
import { Action } from './controller.ts'
import { services } from './core.ts'
import { finalizerStep, reconcileWithFinalizer } from './finalizer.ts'
import type { KubeObject } from './object.ts'
import type { PatchOptions } from './request.ts'

const ours = 'example.com/routes'

function object(finalizers: string[] | undefined, deleting = false): KubeObject {
  const metadata = { namespace: 'web', name: 'a', ...(finalizers ? { finalizers } : {}) }
  return { metadata: deleting ? { ...metadata, deletionTimestamp: new Date(0) } : metadata }
}

describe('finalizer', () => {
  it('is added first, and only to the list that was seen', () => {
    expect(finalizerStep(object(undefined), ours)).to.eql({
      kind: 'add',
      patch: [
        { op: 'test', path: '/metadata/finalizers', value: null },
        { op: 'add', path: '/metadata/finalizers', value: [ours] },
      ],
    })
    expect(finalizerStep(object(['other']), ours)).to.eql({
      kind: 'add',
      patch: [
        { op: 'test', path: '/metadata/finalizers', value: ['other'] },
        { op: 'add', path: '/metadata/finalizers/-', value: ours },
      ],
    })
  })

  it('lets the work be done while nobody deletes', () => {
    expect(finalizerStep(object(['other', ours]), ours)).to.eql({ kind: 'apply' })
  })

  it('asks for the clean-up of a deleted object, and removes only itself', () => {
    expect(finalizerStep(object(['other', ours], true), ours)).to.eql({
      kind: 'cleanup',
      thenRemove: [
        { op: 'test', path: '/metadata/finalizers/1', value: ours },
        { op: 'remove', path: '/metadata/finalizers/1' },
      ],
    })
  })

  it('has no part in a deleted object that does not carry it', () => {
    expect(finalizerStep(object(['other'], true), ours)).to.eql({ kind: 'nothing' })
  })

  it('stays when the clean-up fails, and goes when it succeeds', async () => {
    const patches: PatchOptions[] = []
    const patch = async (_: unknown, __: unknown, options: PatchOptions) => void patches.push(options)
    const client = { patch } as unknown as KubeClient
    const run = (cleanup: () => void) =>
      reconcileWithFinalizer(client, services, object([ours], true), {
        finalizer: ours,
        apply: () => expect.fail('deleted objects are not applied'),
        cleanup,
      })
    const failed = run(() => {
      throw new Error('told to')
    })
    expect(await failed.catch((error: Error) => error.message)).to.equal('told to')
    expect(patches).to.have.length(0)
    expect(await run(() => {})).to.eql(Action.awaitChange)
    expect(patches).to.have.length(1)
  })
})
