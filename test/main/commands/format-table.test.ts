import { formatFields, formatTable } from '../../../src/main/commands/format-table.js'

describe('a table', () => {
  it('has aligned columns and says when it is empty', () => {
    expect(
      formatTable(
        ['id', 'name'],
        [
          ['1', 'one'],
          ['22', ''],
        ],
        'nothing',
      ),
    ).toBe('ID  NAME\n1   one\n22  -')
    expect(formatTable(['id'], [], 'nothing')).toBe('nothing')
  })

  it('lets nothing stored reach a terminal as a command', () => {
    expect(formatTable(['name'], [['a\u001B[2Jb']], '')).toBe('NAME\na?[2Jb')
    expect(formatFields({ name: 'a\nb', gone: undefined })).toBe('name  a?b')
  })
})
