"""Join the modules of a package that are always loaded into one, because on a chip every module takes memory.

A module costs a dictionary, its entry among all modules, its names, and an entry for everything that it imports. What
is always imported together becomes one module: of `start`, `from evse.core.lock import Lock` is then
`from evse.core.in_start import Lock`. Modules that somebody names in a text or hands on as an object, or that others
need who must not fail with the rest, stay as they are. A text that lists modules lists what has become of them.

The files of a joined module stand one behind the other in it; `Linked.lines` says at which line each begins.
"""

import ast
import builtins
import marshal
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from module_lists import listed
from name_scopes import Function, Names, bound, inside, own_names
from text_edit import Edit, apply

_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_Import = ast.Import | ast.ImportFrom
# As tools/inline_constants.py leaves it.
_CHECKED = "_TYPE_CHECKING"
# What every file would import otherwise; the compiler knows it.
_CONST = "const"


# The first line of every part of a joined file, and the file that the part was.
Starts = list[tuple[int, str]]


class Linked(NamedTuple):
    """The texts, {file name: text}, and of every joined file where its parts begin."""

    texts: dict[str, str]
    lines: dict[str, Starts]


class _Thing(NamedTuple):
    """What a global name stands for: `name` of a module, or the module itself when that is empty."""

    module: str
    name: str = ""


class _Module:
    """One file of the tree."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.package = self.name if file.endswith("__init__.py") else self.name.rpartition(".")[0]
        self.text = apply(text, _checks(ast.parse(text, file)))
        self.tree = ast.parse(self.text, file)
        self.globals = set(bound(self.tree.body))

    def base(self, node: ast.ImportFrom) -> str:
        """Return the module that a statement imports from."""
        if not node.level:
            return node.module or ""
        parts = self.file.split("/")[: -node.level]
        return ".".join([*parts, *([node.module] if node.module else [])])


class Group(NamedTuple):
    """What `roots` import and no group before it: of every package it makes modules named after it.

    Of groups that are not loaded as a `whole`, none takes longer to load than the largest of their files by itself.
    """

    name: str
    roots: tuple[str, ...]
    whole: bool = False


class Linker:
    """Knows the tree, joins the modules of `groups`; not `fixed` ones, nor `apart` ones with all that they import."""

    def __init__(
        self,
        texts: Mapping[str, str],
        groups: Iterable[Group],
        fixed: Iterable[str] = (),
        apart: Iterable[str] = (),
    ) -> None:
        self._modules = {module.name: module for module in (_Module(*item) for item in texts.items())}
        self._order: list[str] = []
        alone = {*fixed}
        for name in apart:
            alone |= self.needed(name)
        alone |= {*self._named_in_texts(), *self._handed_on(), *self._with_parts_nobody_can_place()}
        visiting: set[str] = set()
        found: list[tuple[Group, list[str]]] = []
        for group in groups:
            first = len(self._order)
            for root in group.roots:
                self._follow(root, visiting)
            found.append((group, [name for name in self._order[first:] if name not in alone]))
        sizes = {name: _code_bytes(self._modules[name]) for _, names in found for name in names}
        most_bytes = max(
            [sizes[name] for group, names in found if not group.whole for name in names], default=0
        )
        self._joined: dict[str, str] = {}
        for group, names in found:
            self._joined.update(self._targets(group, names, sizes, most_bytes))
        while self._cut_a_circle():
            pass
        self._imports = {name: dict(self._imported(module)) for name, module in self._modules.items()}
        self._names = {target: self._choose_names(target) for target in sorted(set(self._joined.values()))}

    def _targets(
        self, group: Group, names: list[str], sizes: Mapping[str, int], most_bytes: int
    ) -> dict[str, str]:
        """Return file -> the module that it goes into; a single file stays what it is."""
        filled: dict[str, int] = {}
        counts: dict[str, int] = {}
        targets: dict[str, list[str]] = {}
        for name in names:
            package = self._modules[name].package
            if package in ("", name):
                continue
            size = 0 if group.whole else sizes[name]
            if package in filled and filled[package] + size > most_bytes:
                counts[package] = counts.get(package, 0) + 1
                filled[package] = 0
            filled[package] = filled.get(package, 0) + size
            targets.setdefault(f"{package}.in_{group.name}{counts.get(package, '')}", []).append(name)
        assert not set(targets) & set(self._modules)
        return {name: target for target, parts in targets.items() for name in parts if len(parts) > 1}

    def _cut_a_circle(self) -> bool:
        """Take files out of joined modules that would need each other while they are loaded; False without any.

        Which of them is loaded first, nobody knows.
        """
        needs = {name: self.needed(name) for name in self._modules}
        for name in self._modules:
            if name not in self._joined:
                circle = {
                    self._joined[part]
                    for part in needs[name]
                    if part in self._joined
                    and any(name in needs[other] for other in self._parts(self._joined[part]))
                }
                if circle:
                    self._take_out([part for part in needs[name] if self._joined.get(part) in circle])
                    return True
        targets = sorted(set(self._joined.values()))
        reached = {
            target: {
                self._joined[name] for part in self._parts(target) for name in needs[part] & set(self._joined)
            }
            for target in targets
        }
        for target in targets:
            for other in reached[target] - {target}:
                if target in reached[other]:
                    self._take_out(min(self._parts(target), self._parts(other), key=len))
                    return True
        return False

    def _take_out(self, names: Iterable[str]) -> None:
        for name in names:
            del self._joined[name]
        for target in set(self._joined.values()):
            if len(self._parts(target)) == 1:
                del self._joined[self._parts(target)[0]]

    def needed(self, name: str) -> set[str]:
        """Return a module with all that is loaded with it."""
        before, self._order = self._order, []
        self._follow(name, set())
        found, self._order = set(self._order), before
        return found

    def link(self) -> Linked:
        """Return the tree with its packages joined."""
        texts = {
            module.file: apply(module.text, self._edits(module))
            for name, module in self._modules.items()
            if name not in self._joined
        }
        lines: dict[str, Starts] = {}
        for target in self._names:
            seen: set[_Thing] = set()
            text = ""
            starts: Starts = []
            for name in self._parts(target):
                module = self._modules[name]
                starts.append((1 + text.count("\n"), module.file))
                text += apply(module.text, self._joined_edits(module, target, seen)).rstrip("\n") + "\n"
            file = target.replace(".", "/") + ".py"
            texts[file] = text
            lines[file] = starts
        return Linked(texts, lines)

    def _parts(self, target: str) -> list[str]:
        return [name for name in self._order if self._joined.get(name) == target]

    def _follow(self, name: str, visiting: set[str]) -> None:
        """Put a module behind all that it imports."""
        if name not in self._modules or name in visiting:
            return
        visiting.add(name)
        self._follow(name.rpartition(".")[0], visiting)
        module = self._modules[name]
        for node in inside(module.tree.body):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self._follow(alias.name, visiting)
            elif isinstance(node, ast.ImportFrom):
                base = module.base(node)
                self._follow(base, visiting)
                for alias in node.names:
                    self._follow(f"{base}.{alias.name}", visiting)
        self._order.append(name)

    def _named_in_texts(self) -> Iterator[str]:
        """Yield the modules in texts that are no lists of modules, those beside the file by their last name too."""
        for module in self._modules.values():
            for node in ast.walk(module.tree):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and not listed(text, self._modules):
                    words = [*_DOTTED.findall(text), f"{module.package}.{text}"]
                    yield from (word for word in words if word in self._modules)

    def _handed_on(self) -> Iterator[str]:
        """Yield the modules that somebody uses otherwise than by `module.name`."""
        for module in self._modules.values():
            aliases = self._module_aliases(module, ast.walk(module.tree))
            plain = {
                id(node.value)
                for node in ast.walk(module.tree)
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
            }
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Name) and node.id in aliases and id(node) not in plain:
                    yield aliases[node.id]
                elif isinstance(node, ast.Import):
                    # Of `import a.b` the name is `a`.
                    yield from (alias.name for alias in node.names if "." in alias.name and not alias.asname)

    def _with_parts_nobody_can_place(self) -> Iterator[str]:
        """Yield the modules with formatted texts, of whose parts the syntax tree does not say where they stand."""
        for name, module in self._modules.items():
            if any(isinstance(node, ast.JoinedStr) for node in ast.walk(module.tree)):
                yield name

    def _aliases(self, module: _Module, node: _Import) -> Iterator[tuple[str, _Thing]]:
        """Yield local name -> what it is."""
        for alias in node.names:
            if isinstance(node, ast.Import):
                local = alias.asname or alias.name.partition(".")[0]
                yield local, _Thing(alias.name if alias.asname else local)
            else:
                base = module.base(node)
                full = f"{base}.{alias.name}"
                thing = _Thing(full) if full in self._modules else _Thing(base, alias.name)
                yield alias.asname or alias.name, thing

    def _module_aliases(self, module: _Module, nodes: Iterable[ast.AST]) -> dict[str, str]:
        """Return local name -> module, of those that are imported as a whole."""
        imports = (node for node in nodes if isinstance(node, _Import))
        things = (alias for node in imports for alias in self._aliases(module, node))
        return {local: thing.module for local, thing in things if not thing.name}

    def _imported(self, module: _Module) -> Iterator[tuple[str, _Thing]]:
        for node in inside(module.tree.body):
            if isinstance(node, _Import):
                yield from self._aliases(module, node)

    def _source(self, thing: _Thing) -> _Thing:
        """Return where a thing is defined that joined modules hand on."""
        while thing.name and thing.module in self._joined:
            further = self._imports[thing.module].get(thing.name)
            if further is None:
                break
            thing = further
        return thing

    def _thing(self, module: _Module, name: str) -> _Thing:
        """Return what a global name of a module stands for."""
        thing = self._imports[module.name].get(name)
        return self._source(thing) if thing else _Thing(module.name, name)

    def _choose_names(self, target: str) -> dict[_Thing, str]:
        """Return a name of its own for everything that the parts of a joined module know."""
        taken = {*vars(builtins), _CONST}
        for part in self._parts(target):
            for node in ast.walk(self._modules[part].tree):
                if isinstance(node, Function | ast.ClassDef):
                    taken |= own_names(node)
        chosen: dict[_Thing, str] = {}
        for part in self._parts(target):
            module = self._modules[part]
            for local in sorted(module.globals):
                thing = self._thing(module, local)
                if thing not in chosen:
                    name, count = local, 1
                    while name in taken:
                        count += 1
                        name = f"{local}{count}"
                    chosen[thing] = name
                    taken.add(name)
        return chosen

    def _place(self, thing: _Thing) -> _Thing:
        """Return module and name under which a thing is found now."""
        thing = self._source(thing)
        target = self._joined.get(thing.module)
        if target is None:
            return thing
        return _Thing(target, self._names[target][thing]) if thing.name else _Thing(target)

    def _list_edits(self, module: _Module) -> Iterator[Edit]:
        """Yield the texts that name joined modules."""
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = listed(node.value, self._modules)
                places = list(dict.fromkeys(self._joined.get(word, word) for word in words))
                if places != words:
                    assert node.end_lineno
                    yield Edit.of(node, repr(" ".join(places)) + "\\\n" * (node.end_lineno - node.lineno))

    def _edits(self, module: _Module) -> Iterator[Edit]:
        """Yield what changes in a file that stays."""
        yield from self._list_edits(module)
        for node in ast.walk(module.tree):
            if isinstance(node, _Import):
                yield from self._moved(module, node)
        aliases = self._module_aliases(module, ast.walk(module.tree))
        yield from self._attribute_edits(module, aliases, set())

    def _moved(self, module: _Module, node: _Import) -> Iterator[Edit]:
        """Import from where things are now, under the same local names."""
        aliases = list(self._aliases(module, node))
        places = [self._place(thing) for _, thing in aliases]
        if places != [thing for _, thing in aliases]:
            parts = [_statement(local, place) for (local, _), place in zip(aliases, places, strict=True)]
            yield Edit.of(node, "; ".join(parts) + _empty_lines(node))

    def _attribute_edits(
        self, module: _Module, aliases: Mapping[str, str], global_uses: set[tuple[int, int]]
    ) -> Iterator[Edit]:
        """Yield `alias.name` of joined modules, but for the aliases that are globals of a joined file."""
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                target = aliases.get(node.value.id, "")
                if target in self._joined and (node.value.lineno, node.value.col_offset) not in global_uses:
                    place = self._place(_Thing(target, node.attr))
                    # What it imports itself may be somewhere else.
                    assert place.module == self._joined[target], (module.name, target, node.attr)
                    yield Edit.of(node, f"{node.value.id}.{place.name}")

    def _joined_edits(self, module: _Module, target: str, seen: set[_Thing]) -> Iterator[Edit]:
        """Yield what changes in a part of a joined module; `seen` is what the parts before it have imported."""
        yield from self._list_edits(module)
        outer = {id(node) for node in inside(module.tree.body)}
        for node in ast.walk(module.tree):
            if isinstance(node, _Import) and id(node) in outer:
                parts = list(self._first_imports(module, node, target, seen))
                yield Edit.of(node, ("; ".join(parts) or "pass") + _empty_lines(node))
            elif isinstance(node, _Import):
                yield from self._moved(module, node)
        chosen = self._names[target]
        names = Names(module.tree)
        uses = {(use.line, use.column) for use in names.globals}
        for use in names.globals:
            new = chosen[self._thing(module, use.name)]
            if new != use.name:
                end = use.column + len(use.name.encode())
                yield Edit((use.line, use.column), (use.line, end), new)
        aliases = self._module_aliases(module, inside(module.tree.body))
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                alias = aliases.get(node.value.id, "")
                if alias in self._joined and (node.value.lineno, node.value.col_offset) in uses:
                    place = self._place(_Thing(alias, node.attr))
                    own = chosen[_Thing(alias)] + "." if place.module != target else ""
                    yield Edit.of(node, own + place.name)
        borrowed = (node for node in ast.walk(module.tree) if id(node) not in outer)
        yield from self._attribute_edits(module, self._module_aliases(module, borrowed), uses)

    def _first_imports(self, module: _Module, node: _Import, target: str, seen: set[_Thing]) -> Iterator[str]:
        for _, thing in self._aliases(module, node):
            source = self._source(thing)
            place = self._place(source)
            if place.module != target and source not in seen:
                seen.add(source)
                yield _statement(self._names[target][source], place)


def _code_bytes(module: _Module) -> int:
    """Return about how much there is to load, in some unit."""
    return len(marshal.dumps(compile(module.tree, module.file, "exec", dont_inherit=True, optimize=2)))


def _checks(tree: ast.Module) -> Iterator[Edit]:
    """Yield what is there for type checkers only, without it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == _CHECKED:
            assert node.end_lineno
            yield Edit.of(node, "pass" + "\n" * (node.end_lineno - node.lineno))


def _statement(local: str, place: _Thing) -> str:
    if place.name:
        return f"from {place.module} import {place.name} as {local}"
    return f"import {place.module} as {local}" if place.module != local else f"import {local}"


def _empty_lines(node: _Import) -> str:
    assert node.end_lineno
    return "\n" * (node.end_lineno - node.lineno)
