import { expect } from 'chai'
import fc from 'fast-check'
import { type KubeObject, keyOf } from './object.ts'
import { type Change, ObjectStore } from './store.ts'

let versions = 0
function pod(name: string, node: string): KubeObject {
  versions += 1
  return { metadata: { namespace: 'web', name, labels: { node }, resourceVersion: String(versions) } }
}

function storeByNode(): ObjectStore<KubeObject> {
  return new ObjectStore({ indexes: { node: (object) => [object.metadata?.labels?.['node'] ?? ''] } })
}

function namesOn(store: ObjectStore<KubeObject>, node: string): string[] {
  return [...store.byIndex('node', node)].map((object) => object.metadata?.name ?? '').sort()
}

describe('store', () => {
  it('finds objects by key and by index', () => {
    const store = storeByNode()
    for (const object of [pod('a', 'n1'), pod('b', 'n1'), pod('c', 'n2')]) store.apply(object)
    expect(store.get('web/a')?.metadata?.name).to.equal('a')
    expect(namesOn(store, 'n1')).to.eql(['a', 'b'])
    expect(namesOn(store, 'elsewhere')).to.eql([])
  })

  it('moves an object between index values when it changes', () => {
    const store = storeByNode()
    store.apply(pod('a', 'n1'))
    store.apply(pod('a', 'n2'))
    expect(namesOn(store, 'n1')).to.eql([])
    expect(namesOn(store, 'n2')).to.eql(['a'])
  })

  it('refuses an index that nobody defined', () => {
    expect(() => [...storeByNode().byIndex('zone', 'x')]).to.throw(RangeError, 'no index zone')
  })

  it('reports before and after of each change, and nothing for what it knows already', () => {
    const store = storeByNode()
    const changes: Change<KubeObject>[] = []
    store.subscribe((change) => changes.push(change))
    const [first, second] = [pod('a', 'n1'), pod('a', 'n2')]
    store.apply(first)
    store.apply(first)
    store.apply(second)
    store.remove('web/a')
    store.remove('web/a')
    expect(changes).to.eql([
      { key: 'web/a', before: undefined, after: first },
      { key: 'web/a', before: first, after: second },
      { key: 'web/a', before: second, after: undefined },
    ])
  })

  it('removes at the end of a replacement what was not mentioned in it', () => {
    const store = storeByNode()
    for (const name of ['a', 'b', 'c']) store.apply(pod(name, 'n1'))
    store.beginReplace()
    store.apply(pod('a', 'n1'))
    store.apply(pod('d', 'n1'))
    expect(store.size).to.equal(4)
    store.endReplace()
    expect([...store.keys()].sort()).to.eql(['web/a', 'web/d'])
  })

  it('forgets an unfinished replacement when the next one begins', () => {
    const store = storeByNode()
    store.apply(pod('a', 'n1'))
    store.beginReplace()
    store.apply(pod('a', 'n1'))
    store.beginReplace()
    store.endReplace()
    expect(store.size).to.equal(0)
  })

  it('takes an object again that was deleted and made anew with the same version text', () => {
    const store = storeByNode()
    const old = { metadata: { name: 'a', uid: 'one', resourceVersion: '7' } }
    const made = { metadata: { name: 'a', uid: 'two', resourceVersion: '7' } }
    store.apply(old)
    store.apply(made)
    expect(store.get('a')).to.equal(made)
  })

  it('keeps telling the others when one listener throws', () => {
    const failures: unknown[] = []
    const store = new ObjectStore<KubeObject>({ onListenerError: (error) => failures.push(error) })
    const heard: string[] = []
    store.subscribe(() => {
      throw new Error('told to')
    })
    const unsubscribe = store.subscribe(({ key }) => heard.push(key))
    store.apply(pod('a', 'n1'))
    unsubscribe()
    store.apply(pod('b', 'n1'))
    expect(heard).to.eql(['web/a'])
    expect(failures).to.have.length(2)
  })

  it('has an index that always equals a search through all objects', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd')
    const node = fc.constantFrom('n1', 'n2', 'n3')
    const property = fc.property(fc.array(fc.tuple(name, fc.option(node))), (acts) => {
      const store = storeByNode()
      for (const [who, where] of acts) {
        if (where === null) store.remove(`web/${who}`)
        else store.apply(pod(who, where))
      }
      for (const where of ['n1', 'n2', 'n3']) {
        const searched = [...store.values()].filter((object) => object.metadata?.labels?.['node'] === where)
        expect([...store.byIndex('node', where)].map(keyOf).sort()).to.eql(searched.map(keyOf).sort())
      }
    })
    fc.assert(property)
  })
})
