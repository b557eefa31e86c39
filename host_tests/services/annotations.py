"""Python texts as MicroPython takes them: it does not look at annotations."""

import ast


def without_annotations(text: str) -> str:
    """Return the text without them; lines are not kept."""
    return ast.unparse(_Remover().visit(ast.parse(text)))


class _Remover(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: "ast.FunctionDef | ast.AsyncFunctionDef") -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self.visit_FunctionDef(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        return self.generic_visit(ast.Assign([node.target], node.value, lineno=node.lineno))
