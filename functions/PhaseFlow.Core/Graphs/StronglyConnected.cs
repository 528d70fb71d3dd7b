namespace PhaseFlow.Core.Graphs;

/// <summary>Tarjan's strongly connected components, without recursion: a chain of any length needs no stack.</summary>
/// <remarks>R. Tarjan, Depth-first search and linear graph algorithms, SIAM J. Comput. 1 (1972). Time and space are linear.</remarks>
internal static class StronglyConnected
{
    private const int Unvisited = 0;

    /// <summary>The components of two or more nodes, that is, the knots of the graph; edges from a node to itself make none.</summary>
    public static List<int[]> Knots(int[][] edges)
    {
        var knots = new List<int[]>();
        int[] order = new int[edges.Length];
        int[] low = new int[edges.Length];
        int[] nextEdge = new int[edges.Length];
        bool[] open = new bool[edges.Length];
        var component = new Stack<int>();
        var path = new Stack<int>();
        int count = Unvisited;

        for (int root = 0; root < edges.Length; root++)
        {
            if (order[root] != Unvisited)
            {
                continue;
            }

            Enter(root);
            while (path.TryPeek(out int node))
            {
                if (nextEdge[node] < edges[node].Length)
                {
                    int target = edges[node][nextEdge[node]++];
                    if (order[target] == Unvisited)
                    {
                        Enter(target);
                    }
                    else if (open[target])
                    {
                        low[node] = Math.Min(low[node], order[target]);
                    }
                }
                else
                {
                    Leave(node);
                }
            }
        }

        return knots;

        void Enter(int node)
        {
            order[node] = low[node] = ++count;
            open[node] = true;
            component.Push(node);
            path.Push(node);
        }

        void Leave(int node)
        {
            path.Pop();
            if (path.TryPeek(out int parent))
            {
                low[parent] = Math.Min(low[parent], low[node]);
            }

            if (low[node] != order[node])
            {
                return;
            }

            var members = new List<int>();
            int member;
            do
            {
                member = component.Pop();
                open[member] = false;
                members.Add(member);
            }
            while (member != node);

            if (members.Count > 1)
            {
                knots.Add([.. members]);
            }
        }
    }
}
