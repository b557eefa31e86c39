"""What a Python file of an image gives names to, and could do without: attributes of classes, globals, imports."""

import ast
from collections.abc import Iterable, Iterator

from pure_code import defined, is_special, makes_only

Import = ast.Import | ast.ImportFrom
# As tools/inline_constants.py leaves it.
_CHECKED = "_TYPE_CHECKING"


class Part:
    """A definition that can go; `owner` is the class of an attribute, `alias` what an import statement names."""

    def __init__(
        self, file: "File", name: str, node: ast.stmt, owner: "Part | None", alias: ast.alias | None
    ) -> None:
        self.file = file
        self.name = name
        self.node = node
        self.owner = owner
        self.alias = alias
        self.used = False
        # What a class itself uses of its attributes while it is made.
        self.names: set[str] = set()

    @property
    def full_name(self) -> str:
        """The name within its file."""
        return f"{self.owner.name}.{self.name}" if self.owner else self.name


class File:
    """One file of a tree; `is_foreign` of one that belongs to a library."""

    def __init__(self, name: str, text: str, is_foreign: bool = False) -> None:
        self.name = name
        self.text = text
        self.is_foreign = is_foreign
        self.tree = ast.parse(text, name)
        self.module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.package = self.module.partition(".")[0]
        self.silent = {id(node) for node in _not_compiled(self.tree)}
        self.imports = [node for node in ast.walk(self.tree) if isinstance(node, Import)]
        # The packages that it imports something of, its own among them.
        self.packages = {self.package, *(module.partition(".")[0] for module in self._imported())}
        self.parts: list[Part] = []
        self.parts_of: dict[int, list[Part]] = {}
        # Names that stand for modules and nothing else.
        self.modules: dict[str, set[str]] = {}
        # Which of its globals are used, what it uses as attributes of anything, and its texts that are names.
        self.used: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: set[str] = set()
        # Whether others have it as an object.
        self.is_handed_on = False

    def base(self, node: ast.ImportFrom) -> str:
        """Return the module that a statement imports from."""
        if not node.level:
            return node.module or ""
        parts = self.name.split("/")[: -node.level]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def find(self, known: "dict[str, File]", pure: set[str]) -> None:
        """Find parts and modules; `known` are all files by their modules, `pure` ones do nothing when loaded."""
        self.modules = self._find_modules(known)
        self._find_parts(self.tree.body, None, known, pure)

    def _imported(self) -> Iterator[str]:
        for node in self.imports:
            if isinstance(node, ast.ImportFrom):
                yield self.base(node)
            else:
                yield from (alias.name for alias in node.names)

    def _find_modules(self, known: "dict[str, File]") -> dict[str, set[str]]:
        modules: dict[str, set[str]] = {}
        others = {name for node in ast.walk(self.tree) for name in _bound(node)}
        for node in self.imports:
            for alias in node.names:
                local, name = alias.asname or alias.name, alias.name
                if isinstance(node, ast.ImportFrom):
                    base = self.base(node)
                    name = f"{base}.{alias.name}"
                    if base in known and name not in known:
                        others.add(local)
                elif not alias.asname:
                    # Of `import a.b` the name is `a`.
                    local = name = name.partition(".")[0]
                modules.setdefault(local, set()).add(name)
        return {local: names for local, names in modules.items() if local not in others}

    def _find_parts(
        self, body: Iterable[ast.stmt], owner: Part | None, known: "dict[str, File]", pure: set[str]
    ) -> None:
        for node in body:
            if id(node) in self.silent:
                continue
            for name, alias in self._named(node, known, pure):
                part = Part(self, name, node, owner, alias)
                self.parts.append(part)
                self.parts_of.setdefault(id(node), []).append(part)
                if isinstance(node, ast.ClassDef) and owner is None:
                    self._find_parts(node.body, part, known, pure)
            if owner is None and isinstance(node, ast.If | ast.Try | ast.With):
                for block in _blocks(node):
                    # Whether something can be imported may be the question.
                    asked = isinstance(node, ast.Try)
                    self._find_parts(
                        [part for part in block if not (asked and isinstance(part, Import))],
                        None,
                        known,
                        pure,
                    )

    def _named(
        self, node: ast.stmt, known: "dict[str, File]", pure: set[str]
    ) -> list[tuple[str, ast.alias | None]]:
        """Return the names that a statement gives, when it does nothing else."""
        if isinstance(node, ast.Import):
            # A module of the tree may be wanted in memory.
            free = all(alias.name not in known and "." not in alias.name for alias in node.names)
            return [(alias.asname or alias.name, alias) for alias in node.names] if free else []
        if isinstance(node, ast.ImportFrom):
            base = self.base(node)
            # The first name loads a module that does something when it is loaded.
            aliases = node.names[0 if base not in known or base in pure else 1 :]
            return [
                (alias.asname or alias.name, alias)
                for alias in aliases
                if f"{base}.{alias.name}" not in known and alias.name != "*"
            ]
        name = defined(node)
        return [(name, None)] if name and not is_special(name) and makes_only(node) else []


def _blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    blocks = [getattr(node, field, []) for field in ("body", "orelse", "finalbody")]
    return blocks + [handler.body for handler in getattr(node, "handlers", [])]


def _bound(node: ast.AST) -> list[str]:
    """Return the names that a node binds, but for imports."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    name = getattr(node, "name", None)
    return [name] if isinstance(name, str) and not isinstance(node, ast.alias) else []


def _not_compiled(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield texts that stand alone, annotations, and what is there for type checkers only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == _CHECKED:
            yield from node.body
        for field in ("annotation", "returns"):
            annotation = getattr(node, field, None)
            if annotation is not None:
                yield annotation
